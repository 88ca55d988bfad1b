/** 0001-01-01 to 9999-12-31, in epoch milliseconds: the times that ISO 8601 writes with a year of four digits. */
const earliest = -62_135_596_800_000
const latest = 253_402_300_799_999

/** When a record was written, by its producer or its broker. */
export interface RecordTime {
  /** Epoch milliseconds in the years 1 to 9999, or the nearest such time if the record has another one. */
  readonly timestamp: number
  /** The 64 bits of the record, if `timestamp` differs from them. */
  readonly exactTimestamp?: bigint
}

/** Reads a timestamp of a record, which may be any 64 bits. */
export const recordTime = (exact: bigint): RecordTime => {
  const timestamp = Math.min(latest, Math.max(earliest, Number(exact)))
  return BigInt(timestamp) === exact ? { timestamp } : { timestamp, exactTimestamp: exact }
}

/** 2001-09-09, from which on milliseconds have 13 digits. An earlier time stands for none: 1970, 0001-01-01. */
export const firstMilliseconds = 1e12

/**
 * When the record was written, in epoch milliseconds: by its timestamp, or `receivedAt` if that is none (-1, 0) or in
 * seconds (SPEC 8.1).
 */
export const writtenAt = ({ timestamp }: Pick<RecordTime, "timestamp">, receivedAt: number): number =>
  timestamp < firstMilliseconds ? receivedAt : timestamp

/** The timestamp as the record has it, as a decimal number. */
export const timestampText = ({ exactTimestamp, timestamp }: RecordTime): string => String(exactTimestamp ?? timestamp)
