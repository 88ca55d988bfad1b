import { answerWords } from "../answer.ts"
import { truncate } from "../template.ts"
import { cleanText, objectsIn, type Scopes, valuesOf } from "./scopes.ts"

/** Code points that a text keeps: WhatsApp's own limit, and no response outgrows its topic. */
const maxText = 4096

const textFields = ["texto", "text", "resposta", "mensagem", "body", "message", "payload", "button"]

/** The first of these values that is a text with something in it, or a number. */
export const firstText = (values: ReadonlyArray<unknown>): string | undefined => {
  for (const value of values) {
    const text = typeof value === "object" ? undefined : cleanText(value)
    if (text !== undefined && text.trim() !== "") return truncate(text, maxText)
  }
  return undefined
}

/** A button that was tapped, of a template or of an interactive message, as payload and label. */
const tapped = (scopes: Scopes) => {
  const buttons = objectsIn(valuesOf(scopes, ["button"]))
  const choices = objectsIn(valuesOf(objectsIn(valuesOf(scopes, ["interactive"])), ["button_reply", "list_reply"]))
  return {
    payload: firstText([...valuesOf(buttons, ["payload"]), ...valuesOf(choices, ["id"])]),
    label: firstText([...valuesOf(buttons, ["text"]), ...valuesOf(choices, ["title"])])
  }
}

/** What was written: a text, `{body}`, the caption of a medium, or the emoji of a reaction. */
const written = (scopes: Scopes): string | undefined => {
  const values = valuesOf(scopes, textFields)
  const media = objectsIn(valuesOf(scopes, ["image", "video", "document"]))
  const reactions = objectsIn(valuesOf(scopes, ["reaction"]))
  return (
    firstText(values.flatMap((value) => [value].concat(valuesOf(objectsIn([value]), ["body", "text"])))) ??
    firstText([...valuesOf(media, ["caption"]), ...valuesOf(reactions, ["emoji"])])
  )
}

const saysTheSame = (a: string, b: string): boolean => answerWords(a).join(" ") === answerWords(b).join(" ")

/** The text of a reply, `""` where it says nothing in text; of a button its payload, and its label where that says something else (SPEC 8.10). */
export const readReplyText = (scopes: Scopes): { readonly text: string; readonly label?: string } => {
  const { payload, label } = tapped(scopes)
  const text = payload ?? label ?? written(scopes) ?? ""
  return { text, ...(label !== undefined && !saysTheSame(label, text) && { label }) }
}
