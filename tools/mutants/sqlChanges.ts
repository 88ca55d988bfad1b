/** One change to a statement, from `start` to `end` of its text. */
export interface SqlChange {
  readonly start: number
  readonly end: number
  readonly change: string
  readonly replacement: string
}

const borders: Readonly<Record<string, string>> = { "<": "<=", "<=": "<", ">": ">=", ">=": ">" }

/** Strings and insertions, which are skipped as a whole, and the words that delimit a condition. */
const tokens =
  /'[^']*'|\$\{[^}]*\}|[()`,]|\b(?:CASE|END|WHERE|ON|AND|OR|WHEN|THEN|ELSE|ORDER|GROUP|LIMIT|RETURNING|FOR|UNION|FETCH|OFFSET|CROSS|LEFT|JOIN)\b/g

const begins = /^(?:WHERE|ON|AND|WHEN)$/

/** The conditions of `WHERE`, `ON`, `WHEN` and `AND`, each from its first character to its last. */
const conditions = (text: string): ReadonlyArray<readonly [start: number, end: number]> => {
  const found: Array<readonly [number, number]> = []
  /** Where the open condition of each depth began. */
  const open: Array<number | undefined> = [undefined]
  const close = (at: number) => {
    const start = open.pop()
    if (start !== undefined) found.push([start, start + text.slice(start, at).trimEnd().length])
  }
  for (const { 0: token, index } of text.matchAll(tokens)) {
    if (token.length > 1 && /^['$]/.test(token)) continue
    if (token === "(" || token === "CASE") {
      open.push(undefined)
      continue
    }
    if (token === ")" || token === "END") {
      close(index)
      continue
    }
    close(index)
    const after = index + token.length
    const isCondition = begins.test(token) && !text.startsWith(" CONFLICT", after)
    open.push(isCondition ? after + text.slice(after).search(/\S|$/) : undefined)
  }
  close(text.length)
  return found.toSorted(([one], [other]) => one - other)
}

/** Every change to the text of a statement: a condition that is gone, a moved border, a turned order or extreme. */
export const sqlChanges = (text: string): ReadonlyArray<SqlChange> => {
  if (!/\b(?:SELECT|WHERE|AND)\b/.test(text)) return []
  const shown = (part: string) => part.replaceAll(/\s+/g, " ").slice(0, 80)
  const gone = conditions(text).map(([start, end]) => ({
    start,
    end,
    change: `without ${shown(text.slice(start, end))}`,
    replacement: "true"
  }))
  const turned = (pattern: RegExp, to: (from: string) => string) =>
    [...text.matchAll(pattern)].map(({ 0: from, index }) => ({
      start: index,
      end: index + from.length,
      change: `${shown(from)} → ${shown(to(from))}`,
      replacement: to(from)
    }))
  return [
    ...gone,
    ...turned(/\S+ [<>]=? \S+/g, (from) => from.replace(/(?<= )[<>]=?(?= )/, (border) => borders[border] ?? border)),
    ...turned(/\S+ DESC\b/g, (from) => from.replace(" DESC", "")),
    ...turned(/\b(?:greatest|least)\(/g, (from) => (from === "least(" ? "greatest(" : "least("))
  ]
}
