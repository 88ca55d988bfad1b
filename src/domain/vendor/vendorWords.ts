import { hidePersonalData } from "../personal/personalData.ts"

interface Reason {
  readonly message?: string
  readonly detail?: string
  readonly detalhe?: string
  /** The body of an answer. */
  readonly answer?: Readonly<Record<string, unknown>>
  /** The underlying cause. */
  readonly reason?: Reason
  readonly erro?: Reason
}

/** Fields of an answer's body in which vendors say what is wrong. */
const tellingFields = ["message", "error", "detail", "description", "corpo"]

/** How many characters of a vendor's words a log line has. */
const longest = 200

const textsOf = ({ answer = {}, detail, detalhe, erro, message, reason }: Reason): ReadonlyArray<string> => [
  ...[message, detail, detalhe, ...tellingFields.map((field) => answer[field])].filter(
    (text) => typeof text === "string"
  ),
  ...[reason, erro].flatMap((within) => (within === undefined ? [] : textsOf(within)))
]

/**
 * What the vendor says about its refusal, as a field of a log line: each text once, on one line, without personal data,
 * at most 200 characters (SPEC 9.6). No field if it says nothing.
 */
export const vendorWords = (reason: Reason): { readonly detalhe?: string } => {
  const texts = textsOf(reason).map((text) => hidePersonalData(text).replaceAll(/\s+/g, " ").trim())
  const words = [...new Set(texts)].filter((text) => text !== "").join(": ")
  if (words === "") return {}
  return { detalhe: words.length > longest ? `${words.slice(0, longest - 1).toWellFormed()}…` : words }
}
