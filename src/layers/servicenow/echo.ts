import type { Json } from "../../domain/Canal.ts"
import { isObject } from "../http/readJson.ts"
import { type Row, textOf } from "./row.ts"

const plain = (text: string) => text.replaceAll("\r\n", "\n").trim()

const sameText = (sent: unknown, echoed: string): boolean => {
  const [a, b] = [plain(textOf(sent)), plain(echoed)]
  if (a === b) return true
  if (typeof sent === "number") return b !== "" && Number(b) === sent
  return typeof sent === "boolean" && b === (sent ? "1" : "0")
}

/** ServiceNow answers in strings and references as objects (SPEC 4.5). */
const isEchoed = (sent: unknown, echoed: unknown): boolean => {
  if (echoed === undefined) return false
  if (sameText(sent, textOf(echoed))) return true
  return isObject(echoed) && sameText(sent, textOf(echoed.display_value))
}

/** Journal fields are written, never echoed. */
const journals = new Set(["work_notes", "comments"])

/** A warning that names the fields which were sent but not stored as sent, without their values; none when all were (SPEC 4.5). */
export const echoAvisos = (what: string, sent: Json, echoed: Row): ReadonlyArray<string> => {
  const lost = Object.keys(sent).filter((field) => !journals.has(field) && !isEchoed(sent[field], echoed[field]))
  return lost.length === 0 ? [] : [`${what}: campos não gravados como enviados: ${lost.join(", ")}`]
}
