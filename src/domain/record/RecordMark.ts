import { hash } from "node:crypto"

import { Schema } from "effect"

import type { RecordTime } from "./recordTime.ts"

/**
 * Distinguishes a record from any other at the same place: its timestamp (epoch milliseconds) and a digest of its key
 * and value, 64 bits as hexadecimal digits.
 */
export const RecordMark = Schema.Struct({ timestamp: Schema.Number, digest: Schema.String })
export type RecordMark = typeof RecordMark.Type

interface Marked extends RecordTime {
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
}

/** The length as 4 bytes. An absent part differs from an empty one. */
const lengthOf = (bytes: Uint8Array | null): Uint8Array => {
  const length = Buffer.alloc(4)
  length.writeInt32BE(bytes === null ? -1 : bytes.length)
  return length
}

/** Total: any bytes and any timestamp have a mark. */
export const markOf = ({ exactTimestamp, key, timestamp, value }: Marked): RecordMark => {
  const exact = exactTimestamp === undefined ? [] : [Buffer.from(String(exactTimestamp))]
  const parts = [lengthOf(key), key ?? new Uint8Array(), lengthOf(value), value ?? new Uint8Array(), ...exact]
  return { timestamp, digest: hash("sha256", Buffer.concat(parts), "hex").slice(0, 16) }
}

/** A record that was ended before marks were kept counts as the same. */
export const isSameMark = (known: RecordMark | undefined, found: RecordMark): boolean =>
  known === undefined || (known.digest === found.digest && known.timestamp === found.timestamp)
