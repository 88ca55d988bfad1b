import { readFileSync } from "node:fs"

import { Result } from "effect"

import type { Journey } from "../../../src/domain/journeys/Journey.ts"
import { parseJourneys } from "../../../src/domain/journeys/JourneysFile.ts"
import { type DecodedOutbound, decodeOutbound } from "../../../src/domain/outbound/decodeOutbound.ts"
import type { Outbound } from "../../../src/domain/outbound/Outbound.ts"
import { defaultJourneys } from "../../support/defaultJourneys.ts"

type Fields = Record<string, unknown>

export const fixture = (name: string): Fields => JSON.parse(readFileSync(`fixtures/${name}.json`, "utf8"))

/** The fixture record with some fields set, by dotted path; `undefined` takes a field away. */
export const record = (changes: Fields = {}): Fields => {
  const changed = fixture("comunicacaoTransacional")
  for (const [path, value] of Object.entries(changes)) {
    const names = path.split(".")
    const last = names.pop() ?? ""
    const parent = names.reduce((object, name) => object[name] as Fields, changed)
    if (value === undefined) delete parent[last]
    else parent[last] = value
  }
  return changed
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

export const decode = (value: unknown): DecodedOutbound => decodeOutbound(bytes(JSON.stringify(value)))

/** The fixture record, changed, as the service sees it. */
export const outbound = (changes: Fields = {}): Outbound => {
  const decoded = decode(record(changes))
  if (decoded._tag !== "Valid") throw new Error(`not valid: ${JSON.stringify(decoded)}`)
  return decoded.outbound
}

/** `pedido_entregue_amanha` of the project's own journeys file. */
export const journey = (): Journey => {
  const file = Result.getOrThrow(parseJourneys(defaultJourneys))
  const found = file.journeys.get("pedido_entregue_amanha")
  if (found === undefined) throw new Error("no such journey")
  return found
}
