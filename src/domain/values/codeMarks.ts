/** Invisible characters that may stand within a mark. */
const unseen = String.raw`[\s\p{Cc}\p{Cf}\p{M}]{0,8}`

/** `[code]` and `[/code]`, in any letter case. */
const mark = new RegExp(
  String.raw`\[(${unseen}\/?${["c", "o", "d", "e"].map((letter) => unseen + letter).join("")}${unseen})\]`,
  "giu"
)

/**
 * Somebody else's words with round brackets in place of those of `[code]` and `[/code]`. ServiceNow shows the text
 * between these as HTML (SPEC 4.7). A mark stays if `isOurs` returns true for its start and end.
 */
export const withoutCodeMarks = (
  words: string,
  isOurs: (start: number, end: number) => boolean = () => false
): string =>
  words.includes("[")
    ? words.replace(mark, (found: string, inner: string, at: number) =>
        isOurs(at, at + found.length) ? found : `(${inner})`
      )
    : words
