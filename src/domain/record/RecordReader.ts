/** A problem of an input: where, and what was expected there. A record's problem never contains the record's values. */
export interface Problem {
  /** Such as `cliente.num_telefone`; `""` for the input as a whole. */
  readonly path: string
  readonly problem: string
}

/** The name of a JSON value's type in a response: `texto`, `número`, … */
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

/** All problems on one line, for the `detalhe` of `MENSAGEM_INVALIDA`. */
export const problemsDetail = (problems: ReadonlyArray<Problem>): string =>
  problems.map(({ path, problem }) => (path === "" ? problem : `${path}: ${problem}`)).join("; ")

/** An object of a record. It is not shared, so unusable fields may be removed from it. */
export type Fields = Record<string, unknown>

export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Maximum length of a required text in code points, as of a correlation id (SPEC 1.3). No id or name is longer. */
const longest = 200

/**
 * Reads the required and optional fields of a record and collects all problems. An optional field that is `null` or of
 * a wrong type is removed from the object. It counts as absent, with a warning if it would be used (SPEC 2.1).
 */
export class RecordReader {
  readonly problems: Array<Problem> = []
  /** Warnings in Portuguese, for the response. */
  readonly avisos: Array<string> = []

  problem(path: string, problem: string): undefined {
    this.problems.push({ path, problem })
    return undefined
  }

  object(parent: Fields, path: string): Fields | undefined {
    const value = parent[path]
    return isFields(value) ? value : this.problem(path, expectedType("objeto", value))
  }

  /** A required text. A blank one is a problem. */
  text(object: Fields, key: string, path: string, limit = longest): string | undefined {
    const value = object[key]
    if (typeof value !== "string" || value.trim() === "") return this.problem(path, expectedType("texto", value))
    return value.length <= limit || [...value].length <= limit
      ? value
      : this.problem(path, `esperado texto de até ${limit} caracteres, veio um mais longo`)
  }

  /** An optional text. `used` means that its absence makes a difference. */
  optionalText(object: Fields, key: string, path: string, used: boolean): string | undefined {
    const value = object[key]
    if (typeof value === "string") return value
    delete object[key]
    if (used && value !== undefined && value !== null) {
      this.avisos.push(`${path}: ${expectedType("texto", value)}; ignorado`)
    }
    return undefined
  }
}
