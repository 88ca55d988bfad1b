import type { Attributes, AttributeValue } from "@opentelemetry/api"
import { Formatter } from "effect"

import { memo } from "../../domain/memo.ts"
import { mask, masked } from "../masking.ts"
import { isId } from "../names.ts"

/** Of OpenTelemetry's attributes those whose values are our own words, never anybody's, or masked by who tells them. */
const ours =
  /^(?:db|messaging)\.|^(?:http\.request\.method|server\.(?:address|port)|service\.peer\.name|url\.(?:full|template))$/

const isToldAsItIs = memo(100, (name: string) => isId(name) || ours.test(name))

const told = (name: string, value: unknown): AttributeValue => {
  if (typeof value === "number" || typeof value === "boolean") return value
  if (typeof value === "string") return isToldAsItIs(name) ? value : mask(value)
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value.map(mask)
  return mask(Formatter.format(masked(value)))
}

/** A span's attributes as they are exported, without personal data (SPEC 9.6); what is no attribute's value, as text. */
export const toldAttributes = (attributes: ReadonlyMap<string, unknown>): Attributes => {
  const seen: Record<string, AttributeValue> = {}
  for (const [name, value] of attributes) seen[name] = told(name, value)
  return seen
}
