import { BatchTooLarge } from "./BatchTooLarge.ts"

const MAGIC = 0x184d2204

const corrupt = (what: string) => new Error(`corrupt lz4 frame: ${what}`)

/** A growing byte buffer. A block may refer back to the blocks before it. */
class Output {
  bytes = new Uint8Array(64 * 1024)
  length = 0
  private readonly limit: number

  constructor(limit: number) {
    this.limit = limit
  }

  room(size: number): void {
    if (this.length + size > this.limit) throw new BatchTooLarge(this.limit)
    if (this.length + size <= this.bytes.length) return
    const larger = new Uint8Array(Math.min(this.limit, Math.max(this.length + size, this.bytes.length * 2)))
    larger.set(this.bytes.subarray(0, this.length))
    this.bytes = larger
  }

  append(bytes: Uint8Array): void {
    this.room(bytes.length)
    this.bytes.set(bytes, this.length)
    this.length += bytes.length
  }

  /** Copies `size` bytes from `distance` bytes back. The copy may overlap its source. */
  repeat(distance: number, size: number): void {
    if (distance === 0 || distance > this.length) throw corrupt("match")
    this.room(size)
    for (let i = 0; i < size; i++, this.length++) this.bytes[this.length] = this.bytes[this.length - distance] as number
  }
}

/** Decodes one compressed block (lz4 `lz4_Block_format.md`). */
const block = (input: Uint8Array, output: Output): void => {
  let at = 0
  const byte = (): number => {
    const value = input[at++]
    if (value === undefined) throw corrupt("cut off")
    return value
  }
  const extended = (nibble: number): number => {
    let length = nibble
    if (nibble < 15) return length
    for (let more = 255; more === 255; length += more) more = byte()
    return length
  }
  while (at < input.length) {
    const token = byte()
    const literals = extended(token >> 4)
    if (at + literals > input.length) throw corrupt("literals")
    output.append(input.subarray(at, at + literals))
    at += literals
    // The last sequence has no match.
    if (at === input.length) return
    const distance = byte() + byte() * 256
    output.repeat(distance, extended(token & 15) + 4)
  }
}

/**
 * Decodes one lz4 frame (lz4 `lz4_Frame_format.md`). Ignores its checksums, because Kafka's own checksum covers the
 * batch. Throws `BatchTooLarge` instead of making more than `limit` bytes.
 */
export const unlz4 = (input: Uint8Array, limit: number): Uint8Array => {
  const view = new DataView(input.buffer, input.byteOffset, input.length)
  if (input.length < 7 || view.getUint32(0, true) !== MAGIC) throw corrupt("magic")
  const flags = view.getUint8(4)
  const blockChecksum = (flags & 0x10) !== 0
  const contentSize = (flags & 0x08) !== 0
  const dictionary = (flags & 0x01) !== 0
  if (flags >> 6 !== 1) throw corrupt("version")
  const output = new Output(limit)
  let at = 7 + (contentSize ? 8 : 0) + (dictionary ? 4 : 0)
  for (;;) {
    if (at + 4 > input.length) throw corrupt("cut off")
    const header = view.getUint32(at, true)
    at += 4
    if (header === 0) return output.bytes.subarray(0, output.length)
    const size = header & 0x7fffffff
    if (at + size > input.length) throw corrupt("cut off")
    const data = input.subarray(at, at + size)
    if (header >>> 31 === 1) output.append(data)
    else block(data, output)
    at += size + (blockChecksum ? 4 : 0)
  }
}
