import { BatchTooLarge } from "./BatchTooLarge.ts"

const XERIAL = Uint8Array.of(0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0)
const XERIAL_HEADER = 16

/**
 * Three bytes of a snappy block never decompress to more than 64. A larger claim is corrupt, and nothing is allocated
 * for it.
 */
const MAX_GROWTH = 22

const corrupt = (what: string) => new Error(`corrupt snappy block: ${what}`)

const readLength = (input: Uint8Array): { readonly length: number; readonly at: number } => {
  let length = 0
  for (let at = 0; at < 5; at++) {
    const byte = input[at]
    if (byte === undefined) break
    length += (byte & 0x7f) * 2 ** (7 * at)
    if (byte < 0x80) return { length, at: at + 1 }
  }
  throw corrupt("length")
}

const littleEndian = (input: Uint8Array, at: number, bytes: number): number => {
  if (at + bytes > input.length) throw corrupt("cut off")
  let value = 0
  for (let i = bytes - 1; i >= 0; i--) value = value * 256 + (input[at + i] as number)
  return value
}

/** Decodes one raw block (google/snappy `format_description.txt`). */
const block = (input: Uint8Array, limit: number, before = 0): Uint8Array => {
  const { length, at: start } = readLength(input)
  if (length > input.length * MAX_GROWTH) throw corrupt("length")
  if (before + length > limit) throw new BatchTooLarge(limit)
  const output = new Uint8Array(length)
  let at = start
  let to = 0
  while (at < input.length) {
    const tag = input[at++] as number
    if ((tag & 3) === 0) {
      const extra = (tag >> 2) - 59
      const size = (extra <= 0 ? tag >> 2 : littleEndian(input, at, extra)) + 1
      at += Math.max(0, extra)
      if (at + size > input.length || to + size > length) throw corrupt("literal")
      output.set(input.subarray(at, at + size), to)
      at += size
      to += size
      continue
    }
    const bytes = (tag & 3) === 3 ? 4 : tag & 3
    const size = bytes === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1
    const distance = littleEndian(input, at, bytes) + (bytes === 1 ? (tag >> 5) * 256 : 0)
    at += bytes
    if (distance === 0 || distance > to || to + size > length) throw corrupt("copy")
    // A copy may overlap its source.
    for (let i = 0; i < size; i++, to++) output[to] = output[to - distance] as number
  }
  if (to !== length) throw corrupt("cut off")
  return output
}

/**
 * Decodes snappy as Kafka's producers write it: in xerial's framing (Java) or as one raw block (others). Throws
 * `BatchTooLarge` instead of making more than `limit` bytes.
 */
export const unsnappy = (input: Uint8Array, limit: number): Uint8Array => {
  if (!XERIAL.every((byte, at) => input[at] === byte)) return block(input, limit)
  const view = new DataView(input.buffer, input.byteOffset, input.length)
  const blocks: Array<Uint8Array> = []
  let length = 0
  for (let at = XERIAL_HEADER; at < input.length;) {
    if (at + 4 > input.length) throw corrupt("cut off")
    const size = view.getInt32(at)
    at += 4
    if (size < 0 || at + size > input.length) throw corrupt("cut off")
    const plain = block(input.subarray(at, at + size), limit, length)
    blocks.push(plain)
    length += plain.length
    at += size
  }
  return Buffer.concat(blocks)
}
