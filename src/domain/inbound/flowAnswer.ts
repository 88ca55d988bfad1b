import { answerWords } from "../values/answerWords.ts"
import { cleanText, objectsIn, type Candidates, valuesOf } from "./candidates.ts"

/** Words of a field's name that say only that it holds the answer to the question. */
const neutral = new Set(
  [
    "screen tela radio radiobuttonsgroup dropdown checkbox checkboxgroup chips selector textinput textarea",
    "text texto field campo form input value valor data answer reply response result resposta retorno option",
    "choice opcao escolha selecao selection question pergunta confirm confirma confirmar confirmacao confirmo",
    "confirmed confirmation entrega delivery recebimento receber pode podemos entregar sim ok a o da de do",
    "e ou sua seu voce"
  ].flatMap((line) => line.split(" "))
)

/** `confirmaEntrega`, `screen_0_Confirma_0`: the words of a field's name. */
const nameWords = (name: string): ReadonlyArray<string> => answerWords(name.replace(/(\p{Ll})(\p{Lu})/gu, "$1 $2"))

/** No field of a Flow has a longer name together with those around it. The limit bounds the work for each text. */
const longestName = 200

const isNeutral = (name: string): boolean =>
  name.length < longestName &&
  nameWords(name)
    .join(" ")
    .replace(/\bsim (?:ou )?nao\b/, "")
    .split(" ")
    .every((word) => /^\p{N}*$/u.test(word) || neutral.has(word))

/** The value of a choice without the position that the Flow builder puts before it (`0_Sim`). */
const withoutPosition = (text: string): string => text.replace(/^\d+_(?=\S)/, "")

/** How deep an answer may be nested. Deeper values are ignored. */
const maxDepth = 8

/**
 * The texts of a value, in order. If a field's name may change the meaning of its value, the text includes the name.
 */
const textsOf = (value: unknown, name: string, depth: number): ReadonlyArray<string> => {
  if (depth > maxDepth) return []
  if (Array.isArray(value)) return value.flatMap((item) => textsOf(item, name, depth + 1))
  const [fields] = objectsIn([value])
  if (fields !== undefined) {
    return Object.entries(fields).flatMap(([field, inner]) =>
      field === "flow_token" ? [] : textsOf(inner, `${name} ${field}`.trim().slice(0, longestName), depth + 1)
    )
  }
  const text = withoutPosition((typeof value === "boolean" ? String(value) : (cleanText(value) ?? "")).trim())
  if (text === "") return []
  return [isNeutral(name) ? text : `${nameWords(name).join(" ")}: ${text}`]
}

/** The value of a JSON text, even if it is a JSON string within JSON. The text itself if it is not JSON. */
const parsed = (value: unknown): unknown => {
  if (typeof value !== "string") return value
  try {
    const inner: unknown = JSON.parse(value)
    return typeof inner === "string" ? JSON.parse(inner) : inner
  } catch {
    return value
  }
}

/**
 * The words of a Flow's answer, from its `response_json` (SPEC 8.10): the values of its fields, `""` if it has none.
 * `undefined` for a reply without a Flow's answer.
 */
export const readFlowAnswer = (scopes: Candidates): string | undefined => {
  const replies = objectsIn(valuesOf([...objectsIn(valuesOf(scopes, ["interactive"])), ...scopes], ["nfm_reply"]))
  const json = valuesOf(replies, ["response_json", "responseJson"]).find((value) => value !== undefined)
  if (replies.length === 0) return undefined
  return textsOf(parsed(json), "", 0).join(", ")
}
