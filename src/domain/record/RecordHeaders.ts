import { Malformed, varintBytes, VarintReader } from "./VarintReader.ts"

export interface Header {
  readonly name: Uint8Array
  readonly value: Uint8Array | null
}

const encoder = new TextEncoder()
const bytesOf = (text: string | Uint8Array): Uint8Array => (typeof text === "string" ? encoder.encode(text) : text)

const joined = (parts: ReadonlyArray<Uint8Array>): Uint8Array => {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

/**
 * The headers of a record, as the bytes in it. A name may come twice and need not be UTF-8. A value may be null. There
 * may be millions of headers. No object is made for a header until it is read.
 */
export class RecordHeaders implements Iterable<Header> {
  static readonly none = new RecordHeaders(0, new Uint8Array())

  readonly count: number
  /** In Kafka's format, without their count. */
  readonly bytes: Uint8Array

  private constructor(count: number, bytes: Uint8Array) {
    this.count = count
    this.bytes = bytes
  }

  static of(headers: Iterable<readonly [name: string | Uint8Array, value: string | Uint8Array | null]>): RecordHeaders {
    let count = 0
    const parts: Array<Uint8Array> = []
    for (const [name, value] of headers) {
      const [nameBytes, valueBytes] = [bytesOf(name), value === null ? null : bytesOf(value)]
      parts.push(varintBytes(nameBytes.length), nameBytes)
      parts.push(varintBytes(valueBytes?.length ?? -1))
      if (valueBytes !== null) parts.push(valueBytes)
      count++
    }
    return count === 0 ? RecordHeaders.none : new RecordHeaders(count, joined(parts))
  }

  /** Reads the number of the headers and then the headers. Throws `Malformed`. */
  static read(reader: VarintReader): RecordHeaders {
    return RecordHeaders.among(reader.varint(), reader)
  }

  /** Moves past headers. Throws `Malformed`. */
  static skip(reader: VarintReader): void {
    RecordHeaders.skipAll(reader.varint(), reader)
  }

  private static skipAll(count: number, reader: VarintReader): void {
    if (count < 0) throw new Malformed("the number of headers is negative")
    for (let at = 0; at < count; at++) {
      reader.skip(reader.varint())
      reader.skipSized()
    }
  }

  private static among(count: number, reader: VarintReader): RecordHeaders {
    const start = reader.at
    RecordHeaders.skipAll(count, reader)
    return count === 0 ? RecordHeaders.none : new RecordHeaders(count, reader.bytes.subarray(start, reader.at))
  }

  /** The headers with this count and these bytes. Throws `Malformed`. */
  static parse(count: number, bytes: Uint8Array): RecordHeaders {
    const reader = new VarintReader(bytes)
    const headers = RecordHeaders.among(count, reader)
    if (reader.at < bytes.length) throw new Malformed("there are bytes behind the headers")
    return headers
  }

  *[Symbol.iterator](): Iterator<Header> {
    const reader = new VarintReader(this.bytes)
    for (let at = 0; at < this.count; at++) yield { name: reader.sized() ?? this.bytes, value: reader.sized() }
  }

  /** The value of the last header with this name; `undefined` if there is none, or its value is null. */
  get(name: string): Uint8Array | undefined {
    const wanted = encoder.encode(name)
    let found: Uint8Array | undefined
    this.forEach((nameAt, nameLength, reader) => {
      if (nameLength === wanted.length && this.startsWith(nameAt, wanted)) found = reader.sized() ?? undefined
      else reader.skipSized()
    })
    return found
  }

  has(name: string): boolean {
    return this.without([name]) !== this
  }

  /** Without the headers of these names. */
  without(names: ReadonlyArray<string>): RecordHeaders {
    const unwanted = names.map((name) => encoder.encode(name))
    return this.omit((at, length) => unwanted.some((name) => name.length === length && this.startsWith(at, name)))
  }

  withoutPrefix(prefix: string): RecordHeaders {
    const start = encoder.encode(prefix)
    return this.omit((at, length) => length >= start.length && this.startsWith(at, start))
  }

  /** These headers, and then the others. */
  concat(others: RecordHeaders): RecordHeaders {
    if (others.count === 0) return this
    return new RecordHeaders(this.count + others.count, joined([this.bytes, others.bytes]))
  }

  /** The same headers in bytes of their own, so that these keep no larger buffer alive. */
  copied(): RecordHeaders {
    return this.count === 0 ? this : new RecordHeaders(this.count, new Uint8Array(this.bytes))
  }

  private startsWith(at: number, start: Uint8Array): boolean {
    return start.every((byte, index) => this.bytes[at + index] === byte)
  }

  /** Calls `visit` with each name's place. It must read the value. */
  private forEach(visit: (nameAt: number, nameLength: number, reader: VarintReader) => void): void {
    const reader = new VarintReader(this.bytes)
    for (let at = 0; at < this.count; at++) {
      const length = reader.varint()
      visit(reader.skip(length), length, reader)
    }
  }

  private omit(isUnwanted: (nameAt: number, nameLength: number) => boolean): RecordHeaders {
    const kept: Array<Uint8Array> = []
    let [count, runAt, headerAt] = [0, 0, 0]
    this.forEach((nameAt, nameLength, reader) => {
      reader.skipSized()
      if (isUnwanted(nameAt, nameLength)) {
        kept.push(this.bytes.subarray(runAt, headerAt))
        runAt = reader.at
      } else count++
      headerAt = reader.at
    })
    if (count === this.count) return this
    return new RecordHeaders(count, joined([...kept, this.bytes.subarray(runAt)]))
  }
}

/** Headers by our own names, or those of a record as received. */
export type NewHeaders = RecordHeaders | Readonly<Record<string, Uint8Array | string>>

export const recordHeadersOf = (headers: NewHeaders): RecordHeaders =>
  headers instanceof RecordHeaders ? headers : RecordHeaders.of(Object.entries(headers))
