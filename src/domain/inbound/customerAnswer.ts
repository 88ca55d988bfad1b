import { Schema } from "effect"

/** What a customer's reply says (SPEC 8.10), in the words of `retorno_sim`, `retorno_nao` and `retorno_outro`. */
export const CustomerAnswer = Schema.Literals(["sim", "nao", "outro"])
export type CustomerAnswer = typeof CustomerAnswer.Type

/** A journey's `answers`: words, phrases (`quero remarcar`) or emoji. */
export interface AnswerWords {
  readonly yes: ReadonlyArray<string>
  readonly no: ReadonlyArray<string>
}

const zeroWidthSpace = /\u200B/g
/** Joiners, direction marks, soft hyphens: invisible, and inside words without parting them. */
const invisible = /\p{Cf}/gu
/** Before letters are told from the rest: ℹ and ™ would decompose into letters. */
const pictographs = /\p{Extended_Pictographic}/gu

/** The words of a text without case, accents, punctuation, emoji and spaces: what answers are compared by (SPEC 8.10). */
export const answerWords = (text: string): ReadonlyArray<string> =>
  text
    .replace(zeroWidthSpace, " ")
    .replace(invisible, "")
    .replace(pictographs, " ")
    .normalize("NFKD")
    .toLowerCase()
    .replace(/\p{M}/gu, "")
    .match(/[\p{L}\p{N}]+/gu) ?? []

/** An emoji whatever its skin tone and presentation. */
const withoutVariants = (text: string): string => text.replace(/[\p{Emoji_Modifier}\uFE0E\uFE0F]/gu, "").trim()

const standsAt = (words: ReadonlyArray<string>, phrase: ReadonlyArray<string>, start: number): boolean =>
  phrase.every((word, index) => words[start + index] === word)

/** Where an entry of a list stands in a text. */
type Finder = (entry: string) => { readonly begins: boolean; readonly holds: boolean }

const finderIn = (text: string): Finder => {
  const words = answerWords(text)
  const symbols = withoutVariants(text)
  return (entry) => {
    const phrase = answerWords(entry)
    if (phrase.length > 0) {
      return { begins: standsAt(words, phrase, 0), holds: words.some((_, start) => standsAt(words, phrase, start)) }
    }
    // Of an entry without letters nothing is left to compare: an emoji is looked for as it is, punctuation never.
    const symbol = withoutVariants(entry)
    if (!/\p{Extended_Pictographic}/u.test(symbol)) return { begins: false, holds: false }
    return { begins: symbols.startsWith(symbol), holds: symbols.includes(symbol) }
  }
}

/**
 * Yes or no when the text is or begins with one of the words, whole words only, else `outro`; a yes that holds one of the
 * no words anywhere is no. Emoji count only where the list has an entry of emoji alone (SPEC 8.10).
 */
export const classifyAnswer = (text: string, words: AnswerWords): CustomerAnswer => {
  const find = finderIn(text)
  const no = words.no.map(find)
  if (no.some(({ begins }) => begins)) return "nao"
  if (!words.yes.some((entry) => find(entry).begins)) return "outro"
  return no.some(({ holds }) => holds) ? "nao" : "sim"
}

/**
 * The answer of a reply event: of a button by what the customer read on it, and where that says neither, by its payload
 * (SPEC 8.10).
 */
export const classifyReply = (
  reply: { readonly text?: string; readonly label?: string },
  words: AnswerWords
): CustomerAnswer => {
  const byLabel = classifyAnswer(reply.label ?? "", words)
  return byLabel === "outro" ? classifyAnswer(reply.text ?? "", words) : byLabel
}
