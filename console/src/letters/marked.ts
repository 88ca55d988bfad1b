/** A piece of a text, and whether the problem lies there. */
export interface Piece {
  readonly text: string
  readonly isWrong: boolean
}

/** The paths that a detail names: `cliente.num_telefone: esperado texto, veio número; dados_jornada.id: ausente`. */
const pathsIn = (detail: string): ReadonlyArray<string> =>
  detail.split("; ").flatMap((part) => /^([\w.[\]]+): /.exec(part)?.[1] ?? [])

const isMissing = (detail: string, path: string): boolean => detail.includes(`${path}: ausente`)

const pretty = (value: unknown, path: string, depth: number, wrong: ReadonlySet<string>, out: Array<Piece>): void => {
  const indent = "  ".repeat(depth)
  const isWrong = wrong.has(path)
  if (typeof value !== "object" || value === null) {
    out.push({ text: JSON.stringify(value), isWrong })
    return
  }
  const isList = Array.isArray(value)
  const entries = Object.entries(value)
  out.push({ text: isList ? "[" : "{", isWrong })
  entries.forEach(([name, inner], index) => {
    const at = isList ? `${path}[${name}]` : path === "" ? name : `${path}.${name}`
    out.push({ text: `\n${indent}  `, isWrong: false })
    if (!isList) out.push({ text: `${JSON.stringify(name)}: `, isWrong: wrong.has(at) })
    pretty(inner, at, depth + 1, wrong, out)
    if (index < entries.length - 1) out.push({ text: ",", isWrong: false })
  })
  out.push({ text: `${entries.length > 0 ? `\n${indent}` : ""}${isList ? "]" : "}"}`, isWrong })
}

const nearest = (path: string): string => (path.includes(".") ? path.slice(0, path.lastIndexOf(".")) : path)

/**
 * The formatted JSON of a dead letter, with marks at the places that its detail names. `undefined` if it is not JSON.
 */
export const markProblem = (value: string, detail: string | undefined): ReadonlyArray<Piece> | undefined => {
  const paths = pathsIn(detail ?? "")
  // For a missing field, its object is marked.
  const wrong = new Set(paths.map((path) => (isMissing(detail ?? "", path) ? nearest(path) : path)))
  try {
    const out: Array<Piece> = []
    pretty(JSON.parse(value), "", 0, wrong, out)
    return out
  } catch {
    return undefined
  }
}
