import { saoPaulo } from "../../src/domain/values/localTime.ts"
import { wallClock } from "../../src/domain/values/localTime.ts"

export const journeyNames = ["sempre_aberta", "com_horario"] as const

const pad = (value: number) => String(value).padStart(2, "0")

const journey = (name: string, hours: string) => `
  ${name}:
    deliveryOffsetDays: 1
    case: { short_description: "Pedido {{num_pedido}}", description: Entrega, priority: 3, state: 10 }
    answers: { yes: [sim], no: [não] }
${hours}`

/** Journeys with and without business hours. The hours start at `opening`, so all closes scheduled before are due at once. */
export const journeysFile = (opening: number, now: number): string => {
  const { day, hour, minute } = wallClock(opening, saoPaulo)
  const isToday = day === wallClock(now, saoPaulo).day
  const from = isToday ? `${pad(hour)}:${pad(minute)}` : "00:00"
  const hours = `    businessHours: { days: [sun, mon, tue, wed, thu, fri, sat], from: "${from}", to: "24:00" }\n`
  return `timeZone: ${saoPaulo}\njourneys:${journey("sempre_aberta", "")}${journey("com_horario", hours)}`
}
