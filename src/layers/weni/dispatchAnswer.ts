import type { Json } from "../../domain/Canal.ts"
import { cutAnswer } from "../../domain/cutAnswer.ts"
import { isObject, readJson } from "../http/readJson.ts"

/** Words of the response that are ours: an answer that uses them would say something else with them. */
const isOurs = (fields: Json) =>
  "erro" in fields ||
  "resultado" in fields ||
  "truncado" in fields ||
  ("message" in fields && typeof fields.message !== "string")

/**
 * The fields that Weni answered, but `status`, at most 16 KiB of them; what is no object, or an object that uses our own
 * words, is kept whole as `corpo` (CONTRACT "Records"). An empty body has no fields.
 */
export const answerFields = (body: string): Json => {
  if (body === "") return {}
  const parsed = readJson(body)
  if (!isObject(parsed)) return cutAnswer({ corpo: parsed === undefined ? body : parsed })
  const { status: _, ...fields } = parsed
  return cutAnswer(isOurs(fields) ? { corpo: fields } : fields)
}

const firstOf = (value: unknown): unknown => (Array.isArray(value) ? value[0] : undefined)

/** `message_id`, `messageId` or `id` of the body, or of the first of its `messages` or `contacts` (SPEC 5.2). */
export const messageIdOf = (body: string): string | undefined => {
  const parsed = readJson(body)
  if (!isObject(parsed)) return undefined
  for (const part of [parsed, firstOf(parsed.messages), firstOf(parsed.contacts)]) {
    if (!isObject(part)) continue
    for (const id of [part.message_id, part.messageId, part.id]) {
      if (typeof id === "number") return String(id)
      if (typeof id === "string" && id.trim() !== "") return id.trim()
    }
  }
  return undefined
}
