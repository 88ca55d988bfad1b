import { truncate } from "../journeys/template.ts"
import { expectedType, type RecordReader } from "../record/RecordReader.ts"
import { plainText } from "../values/ReadValue.ts"
import type { Channel } from "./Outbound.ts"

/** How many problems are reported per list. More would only lengthen the message. */
const maxItemProblems = 10

/** Maximum length of a channel's name in a problem. */
const longestName = 40

export interface Channels {
  /** All names, including those of other services. */
  readonly names: ReadonlyArray<string>
  /** Our channels, in the record's order, each once (SPEC 2.2). */
  readonly ours: ReadonlyArray<Channel>
  readonly valid: boolean
}

const channelNamed = (name: string): Channel | undefined => {
  const plain = plainText(name).toLowerCase()
  return plain === "whatsapp" || plain === "itsm" ? plain : undefined
}

/** How many letters must be added, left out, changed or swapped with the next one to turn one word into the other. */
const distance = (a: string, b: string): number => {
  let [older, old]: [Array<number>, Array<number>] = [[], Array.from({ length: b.length + 1 }, (_, index) => index)]
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const change = (old[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const swap = isSwap ? (older[j - 2] ?? 0) + 1 : Infinity
      row.push(Math.min(change, swap, (old[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1))
    }
    ;[older, old] = [old, row]
  }
  return old[b.length] ?? 0
}

/** True for a name that most likely means one of our channels, such as `WhatsApp Business`, `whatsap`, `itms`. */
const isNearMiss = (name: string): boolean => {
  const letters = plainText(name.normalize("NFD"))
    .toLowerCase()
    .replace(/[^a-z0-9]/g, "")
  if (/^(?:whats|wats|wpp$|zap$|zapzap$)|whatsapp|itsm/.test(letters)) return true
  return letters.length <= 12 && (distance(letters, "whatsapp") <= 2 || distance(letters, "itsm") <= 1)
}

const expected = 'esperado "whatsapp", "itsm" ou outro canal'

const problemOf = (item: unknown): string | undefined => {
  if (typeof item !== "string") return expectedType("texto", item)
  if (channelNamed(item) !== undefined || !isNearMiss(item)) return undefined
  return `${expected}, veio "${truncate(plainText(item), longestName)}"`
}

/**
 * Reads `cod_canais`. Letter case does not count. A name that is nearly one of ours is a problem, because the record
 * would otherwise be skipped silently (SPEC 2.2).
 */
export const readChannels = (reader: RecordReader, value: unknown): Channels => {
  if (!Array.isArray(value)) {
    reader.problem("cod_canais", expectedType("lista de textos", value))
    return { names: [], ours: [], valid: false }
  }
  const items: ReadonlyArray<unknown> = value
  const wrong = items.flatMap((item, index) => {
    const problem = problemOf(item)
    return problem === undefined ? [] : [{ problem, index }]
  })
  for (const { problem, index } of wrong.slice(0, maxItemProblems)) reader.problem(`cod_canais[${index}]`, problem)
  if (wrong.length > maxItemProblems) {
    reader.problem("cod_canais", `mais ${wrong.length - maxItemProblems} itens que não são nomes de canais`)
  }
  const names = items.filter((item) => typeof item === "string")
  const ours = names.map(channelNamed).filter((channel) => channel !== undefined)
  return { names, ours: [...new Set(ours)], valid: wrong.length === 0 }
}
