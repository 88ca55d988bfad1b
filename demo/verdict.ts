import type { Json } from "../src/domain/record/ChannelResult.ts"
import type { Scenario } from "./scenario.ts"

const codigoOf = (part: unknown): string | undefined => {
  if (typeof part !== "object" || part === null) return undefined
  const { codigo, erro, response, whatsapp } = part as Record<string, unknown>
  return typeof codigo === "string" ? codigo : (codigoOf(erro) ?? codigoOf(response) ?? codigoOf(whatsapp))
}

/** A response in the words of `Scenario.expected`. */
export const summaryOf = (response: Json | undefined): string =>
  response === undefined
    ? "none"
    : [
        response.response_status,
        codigoOf(response.erro) ?? codigoOf(response.resultados),
        response.duplicado === true ? "duplicado" : undefined
      ]
        .filter((word) => word !== undefined)
        .join(" ")

/** What happened, as the vendors recorded it. */
export interface Outcome {
  readonly scenario: Scenario
  readonly actual: string
}

export interface Tally {
  readonly name: string
  readonly expected: string
  readonly count: number
  readonly asExpected: number
}

/** One row for each name, in order of appearance. */
export const tally = (outcomes: ReadonlyArray<Outcome>): ReadonlyArray<Tally> => {
  const rows = new Map<string, Tally>()
  for (const { actual, scenario } of outcomes) {
    const { expected, name } = scenario
    const row = rows.get(name) ?? { name, expected, count: 0, asExpected: 0 }
    rows.set(name, { ...row, count: row.count + 1, asExpected: row.asExpected + (actual === expected ? 1 : 0) })
  }
  return [...rows.values()]
}
