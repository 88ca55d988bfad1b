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

/** An emoji without its skin tone and presentation. */
const withoutVariants = (text: string): string => text.replace(/[\p{Emoji_Modifier}\uFE0E\uFE0F]/gu, "").trim()

const matchesAt = (words: ReadonlyArray<string>, phrase: ReadonlyArray<string>, start: number): boolean =>
  phrase.every((word, index) => words[start + index] === word)

/** Whether a text begins with an entry of a list, or holds it anywhere. */
type Finder = (entry: string) => { readonly begins: boolean; readonly holds: boolean }

const finderIn = (text: string): Finder => {
  const words = answerWords(text)
  const symbols = withoutVariants(text)
  return (entry) => {
    const phrase = answerWords(entry)
    if (phrase.length > 0) {
      return { begins: matchesAt(words, phrase, 0), holds: words.some((_, start) => matchesAt(words, phrase, start)) }
    }
    // An entry without letters has no words to compare. An emoji is searched for as it is, punctuation never matches.
    const symbol = withoutVariants(entry)
    if (!/\p{Extended_Pictographic}/u.test(symbol)) return { begins: false, holds: false }
    return { begins: symbols.startsWith(symbol), holds: symbols.includes(symbol) }
  }
}

/**
 * Yes or no when the text is or begins with one of the words, whole words only; else `outro`. A yes that holds one of
 * the no words anywhere counts as no. Emoji count only where the list has an entry of emoji alone (SPEC 8.10).
 */
export const classifyAnswer = (text: string, words: AnswerWords): CustomerAnswer => {
  const find = finderIn(text)
  const no = words.no.map(find)
  if (no.some(({ begins }) => begins)) return "nao"
  if (!words.yes.some((entry) => find(entry).begins)) return "outro"
  return no.some(({ holds }) => holds) ? "nao" : "sim"
}

/**
 * The answer of a reply event. A button is classified by the label that the customer read, or by its payload where the
 * label means neither yes nor no (SPEC 8.10).
 */
export const classifyReply = (
  reply: { readonly text?: string; readonly label?: string },
  words: AnswerWords
): CustomerAnswer => {
  const byLabel = classifyAnswer(reply.label ?? "", words)
  return byLabel === "outro" ? classifyAnswer(reply.text ?? "", words) : byLabel
}
