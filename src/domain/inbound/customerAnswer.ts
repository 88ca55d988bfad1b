import { Schema } from "effect"

import { answerWords } from "../values/answerWords.ts"
import { defaultCourtesy } from "./courtesy.ts"

/** What a customer's reply says (SPEC 8.10), in the words of `retorno_sim`, `retorno_nao` and `retorno_outro`. */
export const CustomerAnswer = Schema.Literals(["sim", "nao", "outro"])
export type CustomerAnswer = typeof CustomerAnswer.Type

/** A journey's `answers`: words, phrases (`quero remarcar`) or emoji. */
export interface AnswerWords {
  readonly yes: ReadonlyArray<string>
  readonly no: ReadonlyArray<string>
  /** What may stand beside a yes. `defaultCourtesy` if the journey lists none. */
  readonly courtesy?: ReadonlyArray<string>
}

/**
 * What a text means. `outro` has a yes or a no word in it and is neither, `none` has nothing of the kind (SPEC 8.10).
 */
export type Meaning = CustomerAnswer | "none"

/** An emoji without its skin tone and presentation. */
const withoutVariants = (text: string): string => text.replace(/[\p{Emoji_Modifier}\uFE0E\uFE0F]/gu, "").trim()

type Phrase = ReadonlyArray<string>

/** One list of a journey, ready to be compared. */
interface Entries {
  readonly phrases: ReadonlyArray<Phrase>
  /** Single characters (`s`, `n`, `1`). They count only as the whole text. */
  readonly letters: ReadonlySet<string>
  readonly emoji: ReadonlyArray<string>
}

const isLetter = (phrase: Phrase): boolean => phrase.length === 1 && [...(phrase[0] ?? "")].length === 1

const entriesOf = (list: ReadonlyArray<string>): Entries => {
  const phrases = list.map(answerWords)
  // An entry without letters has no words to compare. An emoji is searched for as it is, punctuation never matches.
  const symbols = list.filter((_, index) => phrases[index]?.length === 0).map(withoutVariants)
  return {
    phrases: phrases.filter((phrase) => phrase.length > 0 && !isLetter(phrase)),
    letters: new Set(phrases.filter(isLetter).flat()),
    emoji: symbols.filter((symbol) => /\p{Extended_Pictographic}/u.test(symbol))
  }
}

interface Lists {
  readonly yes: Entries
  readonly no: Entries
  readonly courtesy: Entries
}

const prepared = new WeakMap<AnswerWords, Lists>()

/** The lists of a journey. They are prepared once, since a journey has the same `answers` for each of its events. */
const listsOf = (words: AnswerWords): Lists => {
  const known = prepared.get(words)
  if (known !== undefined) return known
  const { courtesy = defaultCourtesy, no, yes } = words
  const lists = { yes: entriesOf(yes), no: entriesOf(no), courtesy: entriesOf(courtesy) }
  prepared.set(words, lists)
  return lists
}

const matchesAt = (words: Phrase, phrase: Phrase, start: number): boolean =>
  phrase.every((word, index) => words[start + index] === word)

const holds = (words: Phrase, { phrases }: Entries): boolean =>
  phrases.some((phrase) => words.some((_, start) => matchesAt(words, phrase, start)))

/** The positions that are reached from the beginning over these phrases alone, in order; 0 is always one of them. */
const reached = (words: Phrase, phrases: ReadonlyArray<Phrase>): ReadonlyArray<number> => {
  const positions = new Set([0])
  // A set iterates in the order of insertion, and over members that are added meanwhile.
  for (const position of positions) {
    for (const phrase of phrases) if (matchesAt(words, phrase, position)) positions.add(position + phrase.length)
  }
  return [...positions]
}

const consistsOf = (words: Phrase, phrases: ReadonlyArray<Phrase>): boolean =>
  reached(words, phrases).includes(words.length)

/** Letters spelled out are one word: `S.I.M.`. */
const spelledWords = (text: string): Phrase => {
  const words = answerWords(text)
  return words.length > 1 && words.every((word) => isLetter([word])) ? [words.join("")] : words
}

const question = /[?？؟‽﹖❓❔⁇⁈⁉]/u

/** Signs that something is not so: crosses, prohibitions, thumbs down, gestures of no. */
const refusals = "👎❌❎✖✕✗✘☒🗙🚫⛔🛑🚷📵🔕🆖⚠✋🙅🤷🤦🖕"
/** Faces of doubt, displeasure and sadness, and the signs that go with them. */
const doubts =
  "🤔🤨🧐😐😑😶🫥🫤😏😒🙄😬🤥😕😟🙁☹😮😯😲😳😦😧😨😰😥😢😭😱😖😣😞😓😩😫🥱😤😡😠🤬👿💀☠💩🤡🤢🤮🙃😔😪😷🤐🤫😿🙀😾💔"
/** Signs that say something of their own: a day, a time, a place. */
const facts = "🕐-🕧⏰⏱⏲⏳⌛⌚📅📆🗓📍🗺🔜🔁🔄🔙"

/**
 * Emoji and emoticons that contradict or doubt the word beside them or add something to it, and boxes that are not
 * ticked (`☐`, `( )`).
 */
const doubt = new RegExp(String.raw`[${refusals}${doubts}${facts}☐]|[([]\s*[)\]]|[:;=]['’´]?-?[(/\\|]|¬¬|-_-`, "u")

/**
 * What this text means (SPEC 8.10). It is a yes if it consists of yes words, with words of courtesy at most, and is not
 * a question. It is a no if it begins with a no word, after words of courtesy at most, or begins with a yes word and
 * holds a no word. A single letter counts only alone, and an emoji only if a list has an entry of emoji alone.
 */
export const meaningOf = (text: string, journeyWords: AnswerWords): Meaning => {
  const { courtesy, no, yes } = listsOf(journeyWords)
  const words = spelledWords(text)
  const symbols = withoutVariants(text)
  const starts = reached(words, courtesy.phrases)
  const begins = ({ emoji, letters, phrases }: Entries): boolean =>
    (words.length === 1 && letters.has(words[0] ?? "")) ||
    starts.some((start) => phrases.some((phrase) => matchesAt(words, phrase, start))) ||
    emoji.some((symbol) => symbols.startsWith(symbol))

  if (begins(no)) return "nao"
  const beginsWithYes = begins(yes)
  if (!beginsWithYes) return holds(words, yes) || holds(words, no) ? "outro" : "none"
  if (holds(words, no) || no.emoji.some((symbol) => symbols.includes(symbol))) return "nao"
  const isDoubted = question.test(text) || doubt.test(text)
  const isAlone = words.length === 1 && yes.letters.has(words[0] ?? "")
  return !isDoubted && (isAlone || consistsOf(words, [...yes.phrases, ...courtesy.phrases])) ? "sim" : "outro"
}

const answerOf = (meaning: Meaning): CustomerAnswer => (meaning === "none" ? "outro" : meaning)

/** The answer of a text. A text that is neither yes nor no is `outro` (SPEC 8.10). */
export const classifyAnswer = (text: string, words: AnswerWords): CustomerAnswer => answerOf(meaningOf(text, words))

/** The words of a reply: its text, and for a button the label that the customer read if its payload differs. */
export interface ReplyWords {
  readonly text?: string
  readonly label?: string
}

/** What the customer wrote, or read on the button. */
export const shownText = ({ label, text = "" }: ReplyWords): string => label ?? text

/** What a payload means. It must be exactly one of the words (SPEC 8.10). */
const meaningOfPayload = (payload: string, journeyWords: AnswerWords): Meaning => {
  const { no, yes } = listsOf(journeyWords)
  const [words, symbols] = [answerWords(payload), withoutVariants(payload)]
  const isEntry = ({ emoji, letters, phrases }: Entries): boolean =>
    (words.length === 1 && letters.has(words[0] ?? "")) ||
    phrases.some((phrase) => phrase.length === words.length && matchesAt(words, phrase, 0)) ||
    (words.length === 0 && emoji.includes(symbols))
  if (isEntry(no)) return "nao"
  return isEntry(yes) ? "sim" : "none"
}

/**
 * What a reply means. A button means what its label says, or what its payload says if the label is neither yes nor no
 * (SPEC 8.10).
 */
export const meaningOfReply = (reply: ReplyWords, words: AnswerWords): Meaning => {
  const shown = meaningOf(shownText(reply), words)
  if (reply.label === undefined || shown === "sim" || shown === "nao") return shown
  const chosen = meaningOfPayload(reply.text ?? "", words)
  return chosen === "none" ? shown : chosen
}

/** The answer of a reply event. A reply that is neither yes nor no is `outro` (SPEC 8.10). */
export const classifyReply = (reply: ReplyWords, words: AnswerWords): CustomerAnswer =>
  answerOf(meaningOfReply(reply, words))

/** True if a yes or a no says more than the word itself, for people to read (SPEC 8.10). */
export const saysMore = (reply: ReplyWords, words: AnswerWords): boolean => {
  const { no, yes } = listsOf(words)
  const shown = spelledWords(shownText(reply))
  const isWord = shown.length === 1 && (yes.letters.has(shown[0] ?? "") || no.letters.has(shown[0] ?? ""))
  return shown.length > 0 && !isWord && !consistsOf(shown, yes.phrases) && !consistsOf(shown, no.phrases)
}
