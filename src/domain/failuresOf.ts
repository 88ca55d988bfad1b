import type { Json } from "./Canal.ts"

interface Failed {
  readonly channel: string
  /** CONTRACT "Records", `codigo`. */
  readonly code: string
}

const isJson = (value: unknown): value is Json => typeof value === "object" && value !== null

const codeOf = (canal: Json): ReadonlyArray<string> => {
  const erro = isJson(canal.response) ? canal.response.erro : undefined
  return canal.status !== "success" && isJson(erro) && typeof erro.codigo === "string" ? [erro.codigo] : []
}

/** Every call of a response that failed, the writes on the Case too; what an event itself says of a failure is none. */
export const failuresOf = ({ resultados }: Json): ReadonlyArray<Failed> =>
  Object.entries(isJson(resultados) ? resultados : {}).flatMap(([channel, canal]) => {
    if (!isJson(canal)) return []
    const updates: ReadonlyArray<unknown> = Array.isArray(canal.atualizacoes) ? canal.atualizacoes : []
    return [canal, ...updates.filter(isJson)].flatMap(codeOf).map((code) => ({ channel, code }))
  })
