import { truncate } from "../journeys/template.ts"
import { isFields } from "../record/RecordReader.ts"
import { answerWords } from "../values/answerWords.ts"
import { cleanText, firstName, objectsIn, type Candidates, valuesOf } from "./candidates.ts"
import { plainName, type ReadKind } from "./eventKind.ts"
import { readFlowAnswer } from "./flowAnswer.ts"
import type { EventKind, InboundEvent, ReplyContent } from "./InboundEvent.ts"

/** Maximum length of a text, in code points: WhatsApp's own limit, which also keeps responses within their topic's. */
const maxText = 4096

const textFields = ["texto", "text", "resposta", "mensagem", "body", "message", "payload", "button", "content"]

/** The first of these values that is a number or a text that is not blank. */
export const firstText = (values: ReadonlyArray<unknown>): string | undefined => {
  for (const value of values) {
    const text = typeof value === "object" ? undefined : cleanText(value)
    if (text !== undefined && text.trim() !== "") return truncate(text, maxText)
  }
  return undefined
}

/** Objects of a choice, by the names of the Cloud API and of Z-API. */
const choiceFields = ["button_reply", "list_reply", "buttonsResponseMessage", "listResponseMessage", "buttonReply"]

/** Payload and label of the tapped button, of a template or of an interactive message. */
const readButton = (scopes: Candidates) => {
  const buttons = objectsIn(valuesOf(scopes, ["button"]))
  const choices = objectsIn(valuesOf([...objectsIn(valuesOf(scopes, ["interactive"])), ...scopes], choiceFields))
  const payloads = [...valuesOf(buttons, ["payload", "id"]), ...valuesOf(choices, ["id", "buttonId", "selectedRowId"])]
  return {
    payload: firstText([...payloads, ...valuesOf(scopes, ["payload"])]),
    label: firstText([...valuesOf(buttons, ["text", "title"]), ...valuesOf(choices, ["title", "message"])])
  }
}

/** What the customer wrote: a text, `{body}`, the caption of a medium, or the emoji of a reaction. */
const readWrittenText = (scopes: Candidates): string | undefined => {
  const values = valuesOf(scopes, textFields)
  const media = objectsIn(valuesOf(scopes, ["image", "video", "document"]))
  const reactions = objectsIn(valuesOf(scopes, ["reaction"]))
  return (
    firstText(values.flatMap((value) => [value].concat(valuesOf(objectsIn([value]), ["body", "text", "message"])))) ??
    firstText([...valuesOf(media, ["caption"]), ...valuesOf(reactions, ["emoji"])])
  )
}

const isSame = (a: string, b: string): boolean => {
  const [one, other] = [answerWords(a).join(" "), answerWords(b).join(" ")]
  return one === other && (one !== "" || a.trim() === b.trim())
}

type ReplyText = Required<Pick<InboundEvent, "text">> & Pick<InboundEvent, "label">

/**
 * The text of a reply, `""` if it has none: the answer of a Flow, the payload of a button, or what was written. What
 * the customer read on the button is added if it differs from the payload (SPEC 8.10).
 */
const readReplyText = (scopes: Candidates): ReplyText => {
  const flow = readFlowAnswer(scopes)
  if (flow !== undefined) return { text: truncate(flow, maxText) }
  const { payload, label } = readButton(scopes)
  const written = readWrittenText(scopes)
  const text = payload ?? label ?? written ?? ""
  const shown = label ?? written
  return { text, ...(shown !== undefined && !isSame(shown, text) && { label: shown }) }
}

/** The names of each content, as a message's type. `audio/ogg` and the like count as `audio`. */
const contents: Readonly<Record<ReplyContent, ReadonlyArray<string>>> = {
  audio: ["audio", "voice", "ptt", "voz"],
  image: ["image", "imagem", "photo", "foto", "picture"],
  video: ["video", "ptv", "gif"],
  document: ["document", "documento", "file", "arquivo", "application/pdf"],
  sticker: ["sticker", "figurinha"],
  location: ["location", "localizacao", "live_location"],
  contacts: ["contacts", "contact", "contato", "contatos", "vcard"],
  order: ["order"],
  flow: ["nfm_reply"],
  edit: ["edit", "edited"],
  revoke: ["revoke", "revoked"],
  unsupported: ["unsupported", "unknown", "ephemeral", "poll", "poll_creation", "enquete"]
}
const isContent = (name: string): name is ReplyContent => Object.hasOwn(contents, name)
const contentByName: ReadonlyMap<string, ReplyContent> = new Map(
  Object.keys(contents)
    .filter(isContent)
    .flatMap((content) => contents[content].map((name) => [name, content] as const))
)

const typeFields = ["type", "messageType", "message_type", "contentType", "content_type", "tipo"]
const objectFields = ["audio", "voice", "image", "video", "document", "sticker", "location", "order"]

/** The content of a message that is not text. */
const readContent = (scopes: Candidates): ReplyContent | undefined => {
  const types = valuesOf(scopes, typeFields).flatMap((value) => firstName([value]) ?? [])
  const names = types.map((type) => plainName(type.replace(/^(audio|image|video)\/.*$/is, "$1")))
  const objects = objectFields.filter((field) => scopes.some((scope) => isFields(scope[field])))
  return [...names, ...objects].map((name) => contentByName.get(name)).find((content) => content !== undefined)
}

const originalFields = ["original_message_id", "originalMessageId"]

/** The objects that describe what a message says. For an edit, those of its new message. */
const saidBy = (own: Candidates): Candidates => {
  const edits = objectsIn(valuesOf(own, ["edit"]))
  const inner = objectsIn(valuesOf(edits, ["message"]))
  return edits.length === 0 ? own : [...inner, ...edits]
}

/** The objects whose `context` names the message that a reply answers. */
export const answeringScopes = (own: Candidates): Candidates => [...new Set([...saidBy(own), ...own])]

type Said = Pick<InboundEvent, "text" | "label" | "content" | "edits" | "revokes">

/** What a reply says: its words, its other content, and the message that it edits or revokes (SPEC 8.10). */
export const readReply = (own: Candidates): Said => {
  const outer = readContent(own)
  const said = saidBy(own)
  const original = firstName(valuesOf([...objectsIn(valuesOf(own, ["edit", "revoke"])), ...own], originalFields))
  if (outer === "revoke") return { text: "", content: outer, ...(original !== undefined && { revokes: original }) }
  const isEdit = outer === "edit" || said !== own
  const words = readReplyText(said)
  const found = outer === "edit" && said === own ? undefined : readContent(said)
  const isFlow = readFlowAnswer(said) !== undefined
  const content = found ?? (words.text !== "" ? undefined : isFlow ? "flow" : isEdit ? "edit" : undefined)
  return {
    ...words,
    ...(content !== undefined && { content }),
    ...(isEdit && original !== undefined && { edits: original })
  }
}

/** Fields that give a medium by its address. */
const mediumFields = ["media", "mediaUrl", "media_url", "attachment", "attachments"]

/** Objects that say whose a message is and what became of it. Any other object may be its content. */
const aboutFields = new Set(
  [
    "context contexto case chat conversation pricing metadata payload ids errors error contact contacts",
    "customer cliente user profile sender recipient from to channel"
  ].flatMap((line) => line.split(" "))
)

const isFilled = (value: unknown): boolean =>
  typeof value === "object" && value !== null && Object.keys(value).length > 0

const hasContent = (own: Candidates): boolean => {
  const { text, content } = readReply(own)
  const objects = own.flatMap((scope) => Object.keys(scope).filter((name) => isFilled(scope[name])))
  return (
    text !== "" ||
    content !== undefined ||
    objects.some((name) => !aboutFields.has(name)) ||
    valuesOf(own, mediumFields).some((value) => Boolean(value))
  )
}

/**
 * The kind of an event. `received` without any content is the vendor's word for a message that has reached the
 * customer (SPEC 8.1).
 */
export const kindWithContent = ({ kind, name }: Required<ReadKind>, own: Candidates): EventKind =>
  plainName(name) === "received" && !hasContent(own) ? "delivered" : kind
