const zeroWidthSpace = /\u200B/g
/** Joiners, direction marks, soft hyphens: invisible characters that may stand inside a word without splitting it. */
const invisible = /\p{Cf}/gu
/** Removed before letters are matched, since ℹ and ™ would decompose into letters. */
const pictographs = /\p{Extended_Pictographic}/gu

/** The words of a text without case, accents, punctuation, emoji and spaces, for comparing answers (SPEC 8.10). */
export const answerWords = (text: string): ReadonlyArray<string> =>
  text
    .replace(zeroWidthSpace, " ")
    .replace(invisible, "")
    .replace(pictographs, " ")
    .normalize("NFKD")
    .toLowerCase()
    .replace(/\p{M}/gu, "")
    .match(/[\p{L}\p{N}]+/gu) ?? []
