/** What the bytes of a record say, or why they say nothing, in Portuguese and without any of the bytes. */
export type DecodedJson =
  | { readonly _tag: "Json"; readonly value: unknown }
  | { readonly _tag: "NotJson"; readonly problem: string }

const utf8 = new TextDecoder("utf-8", { fatal: true })

/** Total: the value of a record as `JSON.parse` gives it; a tombstone, other bytes than UTF-8 and other text than JSON are `NotJson` (SPEC 2.1). */
export const decodeJson = (bytes: Uint8Array | null): DecodedJson => {
  if (bytes === null) return { _tag: "NotJson", problem: "registro sem valor" }
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    return { _tag: "NotJson", problem: "o valor não é UTF-8 válido" }
  }
  try {
    return { _tag: "Json", value: JSON.parse(text) }
  } catch {
    return { _tag: "NotJson", problem: "o valor não é JSON válido" }
  }
}
