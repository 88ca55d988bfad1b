import type { Span } from "./numbers.ts"
import { type Characters, codePointAt } from "./signs.ts"

/** The part of an address that a character may belong to. */
const part = { none: 0, local: 1, domain: 3, dot: 7 } as const

const partOf = (codePoint: number): number => {
  const character = String.fromCodePoint(codePoint)
  const [plain = "", ...more] = character.normalize("NFKD")
  const meant = more.length === 0 ? plain : character
  if (/[.\u3002]/.test(meant)) return part.dot
  if (/[\p{L}\p{N}\p{M}\p{Cf}_-]/u.test(meant)) return part.domain
  if (/[<>]/.test(meant)) return part.none
  return /[\p{S}\p{Co}!#$%&'*+/=?^`{|}~]/u.test(meant) ? part.local : part.none
}

const known = new Map<number, number>()

const partAt = (text: Characters, index: number): number => {
  const codePoint = codePointAt(text, index)
  // The second half of a surrogate pair belongs to the same part as its first half.
  const unit = codePoint >= 0xdc_00 && codePoint <= 0xdf_ff && index > 0 ? codePointAt(text, index - 1) : codePoint
  const found = known.get(unit)
  if (found !== undefined) return found
  if (known.size >= 4096) known.clear()
  const computed = partOf(unit)
  known.set(unit, computed)
  return computed
}

/** The spellings of an at-sign: full-width, in URLs, in HTML, in JSON. */
const atSigns = ["@", "\uFF20", "\uFE6B", "%40", "&#64;", "\\u0040"]

const atSignAt = (text: Characters, index: number): string | undefined =>
  atSigns.find((each) => {
    for (let at = 0; at < each.length; at++) if (text.charCodeAt(index + at) !== each.charCodeAt(at)) return false
    return true
  })

const firstUnits: ReadonlySet<number> = new Set(atSigns.map((each) => each.charCodeAt(0)))

/** The longest part of an address in quotes or square brackets. */
const longestQuoted = 64

const quote = '"'.charCodeAt(0)

/** Where the local part that ends before this index begins. Not before `floor`. */
const localStart = (text: Characters, end: number, floor: number): number => {
  if (text.charCodeAt(end - 1) === quote) {
    for (let at = end - 2; at >= Math.max(floor, end - longestQuoted); at--)
      if (text.charCodeAt(at) === quote) return at
    return end
  }
  let at = end
  while (at > floor && partAt(text, at - 1) !== part.none) at -= 1
  return at
}

/** Where the domain that begins at this index ends, or the index itself if there is no domain with a dot. */
const domainEnd = (text: Characters, start: number): number => {
  if (text.charCodeAt(start) === 91) {
    for (let at = start + 1; at < Math.min(text.length, start + longestQuoted); at++) {
      if (text.charCodeAt(at) === 93) return at + 1
    }
    return start
  }
  let end = start
  let dots = 0
  for (let at = start; at < text.length; at++) {
    const kind = partAt(text, at)
    if (kind !== part.domain && kind !== part.dot) break
    if (kind === part.dot && at === start) return start
    if (kind === part.domain && at > start && partAt(text, at - 1) === part.dot) dots += 1
    if (kind === part.domain) end = at + 1
  }
  return dots === 0 ? start : end
}

/** Signs that enclose an address, and do not belong to it. */
const enclosing = new Map(["''", "``", "{}", "||", "**", "//", "##"].map(([open = "", close = ""]) => [open, close]))

const charAt = (text: Characters, index: number): string => String.fromCharCode(text.charCodeAt(index))

/** Every e-mail address in the text, even with unusual characters, in quotes, or full-width. */
export const emailsIn = (text: Characters): ReadonlyArray<Span> => {
  const spans: Array<Span> = []
  let floor = 0
  for (let at = 0; at < text.length; at++) {
    if (!firstUnits.has(text.charCodeAt(at))) continue
    const atSign = atSignAt(text, at)
    if (atSign === undefined) continue
    const after = at + atSign.length
    const from = localStart(text, at, floor)
    const end = from === at ? after : domainEnd(text, after)
    if (end > after) {
      const isEnclosed = from + 1 < at && enclosing.get(charAt(text, from)) === charAt(text, end)
      spans.push({ start: isEnclosed ? from + 1 : from, end })
    }
    floor = Math.max(after, end)
    at = floor - 1
  }
  return spans
}
