/** The bytes end too early, or an integer has too many of them. */
export class Malformed extends Error {
  override readonly name = "Malformed"
}

/**
 * Reads Kafka's variable-length integers, and the bytes whose lengths they are. Throws `Malformed`, and never reads
 * beyond its end.
 */
export class VarintReader {
  at: number
  readonly bytes: Uint8Array
  readonly end: number

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.bytes = bytes
    this.at = at
    this.end = end
  }

  byte(): number {
    if (this.at >= this.end) throw new Malformed("the bytes end too early")
    return this.bytes[this.at++] as number
  }

  /** A signed integer of 32 bits. */
  varint(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte()
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1)
    }
    throw new Malformed("an integer is too long")
  }

  /** A signed integer of 64 bits. */
  varlong(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.byte()
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asIntN(64, BigInt.asUintN(64, (value >> 1n) ^ -(value & 1n)))
    }
    throw new Malformed("an integer is too long")
  }

  /** Moves past a signed integer of 64 bits. */
  skipVarlong(): void {
    for (let count = 0; count < 10; count++) if (this.byte() < 0x80) return
    throw new Malformed("an integer is too long")
  }

  /** Moves `size` bytes on, and returns where they begin. */
  skip(size: number): number {
    const start = this.at
    if (size < 0 || size > this.end - start) throw new Malformed("a length is wrong")
    this.at = start + size
    return start
  }

  /** The bytes after their length, not copied. `null` for a length of -1. */
  sized(): Uint8Array | null {
    const size = this.varint()
    if (size === -1) return null
    const start = this.skip(size)
    return this.bytes.subarray(start, this.at)
  }

  /** Moves past the bytes after their length. */
  skipSized(): void {
    const size = this.varint()
    if (size !== -1) this.skip(size)
  }
}

const encode = (value: number): Uint8Array => {
  const bytes: Array<number> = []
  let rest = ((value << 1) ^ (value >> 31)) >>> 0
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80)
  return Uint8Array.from([...bytes, rest])
}

/** Encoded once: -1, which stands for null, and the lengths of most names and values. */
const usual = Array.from({ length: 257 }, (_, at) => encode(at - 1))

/** Bytes of a signed integer of 32 bits as Kafka writes it. They may be shared, so nobody writes to them. */
export const varintBytes = (value: number): Uint8Array => usual[value + 1] ?? encode(value)
