const units = [
  { size: 3_600_000, one: "hora", many: "horas" },
  { size: 60_000, one: "minuto", many: "minutos" },
  { size: 1000, one: "segundo", many: "segundos" },
  { size: 1, one: "milissegundo", many: "milissegundos" }
]

/** Milliseconds as the operator reads them: `15 segundos`, `1 minuto e 5 segundos`, `500 milissegundos`. */
export const durationText = (millis: number): string => {
  let rest = Math.max(0, Math.round(millis))
  const parts: Array<string> = []
  for (const { many, one, size } of units) {
    const count = Math.floor(rest / size)
    rest -= count * size
    if (count > 0) parts.push(`${count} ${count === 1 ? one : many}`)
  }
  const last = parts.pop() ?? "0 milissegundos"
  return parts.length === 0 ? last : `${parts.join(", ")} e ${last}`
}
