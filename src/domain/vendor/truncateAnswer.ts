import type { Json } from "../record/ChannelResult.ts"

/** Maximum size of a recorded answer, in bytes of JSON (SPEC 7.1). */
export const maxAnswer = 16 * 1024

/** Room for `"truncado":true` and the braces. */
const frame = 32

const jsonBytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value) ?? "null")

/** The longest prefix of the text that is at most `max` bytes as JSON. Never splits a character. */
export const truncateText = (text: string, max: number): string => {
  let size = 2
  let end = 0
  for (const character of text) {
    size += jsonBytes(character) - 2
    if (size > max) return text.slice(0, end)
    end += character.length
  }
  return text
}

/**
 * The fields of an answer, cut so that they may be recorded and published (SPEC 7.1): at most 16 KiB of JSON. A longer
 * answer keeps its fields in order as far as they fit, the prefix of a field that does not, and gets `truncado: true`.
 */
export const truncateAnswer = (fields: Json): Json => {
  if (jsonBytes(fields) <= maxAnswer) return fields
  const kept: Record<string, unknown> = {}
  let room = maxAnswer - frame
  for (const [name, value] of Object.entries(fields)) {
    const label = jsonBytes(name) + 2
    const size = label + jsonBytes(value)
    if (size <= room) {
      kept[name] = value
      room -= size
    } else if (room > label + 2) {
      kept[name] = truncateText(typeof value === "string" ? value : JSON.stringify(value), room - label)
      room -= label + jsonBytes(kept[name])
    }
  }
  return { ...kept, truncado: true }
}
