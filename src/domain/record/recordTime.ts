/** 0001-01-01 to 9999-12-31, in epoch milliseconds: what ISO 8601 writes with four digits for the year. */
const earliest = -62_135_596_800_000
const latest = 253_402_300_799_999

/** When a record was written, by its producer or its broker. */
export interface RecordTime {
  /** Epoch milliseconds, from the year 1 to 9999: the nearest of them, where the record has another time. */
  readonly timestamp: number
  /** The 64 bits of the record, where `timestamp` is another time. */
  readonly exactTimestamp?: bigint
}

/** Reads a timestamp of a record, which may be any 64 bits. */
export const recordTime = (exact: bigint): RecordTime => {
  const timestamp = Math.min(latest, Math.max(earliest, Number(exact)))
  return BigInt(timestamp) === exact ? { timestamp } : { timestamp, exactTimestamp: exact }
}

/** The timestamp as the record has it, as a decimal number. */
export const timestampText = ({ exactTimestamp, timestamp }: RecordTime): string => String(exactTimestamp ?? timestamp)
