import type { Json } from "./ChannelResult.ts"

/** One failed call of a response. */
export interface FailedCall {
  readonly channel: string
  /** CONTRACT "Records", `codigo`. */
  readonly code: string
}

const isJson = (value: unknown): value is Json => typeof value === "object" && value !== null

const codeOf = (result: Json): ReadonlyArray<string> => {
  const erro = isJson(result.response) ? result.response.erro : undefined
  return result.status !== "success" && isJson(erro) && typeof erro.codigo === "string" ? [erro.codigo] : []
}

/** All failed calls of a response, including writes on the Case. A failure reported by an event is not a call. */
export const failuresOf = ({ resultados }: Json): ReadonlyArray<FailedCall> =>
  Object.entries(isJson(resultados) ? resultados : {}).flatMap(([channel, result]) => {
    if (!isJson(result)) return []
    const updates: ReadonlyArray<unknown> = Array.isArray(result.atualizacoes) ? result.atualizacoes : []
    return [result, ...updates.filter(isJson)].flatMap(codeOf).map((code) => ({ channel, code }))
  })
