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

/** An object of a record that nobody else holds: what cannot be used is taken out of it. */
export type Fields = Record<string, unknown>

export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Code points of a needed text, as of a correlation id (SPEC 1.3): what is longer is no id, number or name of anything. */
const longest = 200

/**
 * Reads the fields that a record must or may have and collects everything that is wrong. An optional field that is `null`
 * or of a wrong type is removed from the object: it counts as absent, with a warning where it would be used (SPEC 2.1).
 */
export class RecordReader {
  readonly problems: Array<Problem> = []
  /** In Portuguese, for the response. */
  readonly avisos: Array<string> = []

  problem(path: string, problem: string): undefined {
    this.problems.push({ path, problem })
    return undefined
  }

  object(parent: Fields, path: string): Fields | undefined {
    const value = parent[path]
    return isFields(value) ? value : this.problem(path, expectedType("objeto", value))
  }

  /** A needed text; one of spaces only is none. */
  text(object: Fields, key: string, path: string, limit = longest): string | undefined {
    const value = object[key]
    if (typeof value !== "string" || value.trim() === "") return this.problem(path, expectedType("texto", value))
    return value.length <= limit || [...value].length <= limit
      ? value
      : this.problem(path, `esperado texto de até ${limit} caracteres, veio um mais longo`)
  }

  /** An optional text; `used`: its absence makes a difference. */
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
