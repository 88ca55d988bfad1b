/** One thing that is wrong with an input: where, and what was expected there. One of a record never holds the record's values. */
export interface Problem {
  /** `cliente.num_telefone`; `""` for the input as a whole. */
  readonly path: string
  readonly problem: string
}

/** The name of a JSON value's type as a response says it: `texto`, `número`, … */
const typeName = (value: unknown): string => {
  if (value === null) return "nulo"
  if (Array.isArray(value)) return "lista"
  switch (typeof value) {
    case "string":
      return value.trim() === "" ? "texto vazio" : "texto"
    case "number":
      return "número"
    case "boolean":
      return "booleano"
    default:
      return "objeto"
  }
}

/** `esperado texto, veio número`, or `ausente` (SPEC 2.1). */
export const expectedType = (expected: string, value: unknown): string =>
  value === undefined ? "ausente" : `esperado ${expected}, veio ${typeName(value)}`

/** All problems on one line: the `detalhe` of `MENSAGEM_INVALIDA`. */
export const problemsDetail = (problems: ReadonlyArray<Problem>): string =>
  problems.map(({ path, problem }) => (path === "" ? problem : `${path}: ${problem}`)).join("; ")
