import { createRequire } from "node:module"
import { connect } from "node:net"

import { Effect } from "effect"

const crc32C: (bytes: Buffer) => number = createRequire(import.meta.url)("kafkajs/src/protocol/recordBatch/crc32C")

const int8 = (value: number) => Buffer.of(value & 0xff)
const int16 = (value: number) => Buffer.from([value >> 8, value])
const int32 = (value: number) => Buffer.from([value >> 24, value >> 16, value >> 8, value])
const int64 = (value: bigint) => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(value)
  return bytes
}
const text = (value: string) => Buffer.concat([int16(value.length), Buffer.from(value)])
const sized = (...parts: ReadonlyArray<Buffer>) => {
  const bytes = Buffer.concat(parts)
  return Buffer.concat([int32(bytes.length), bytes])
}

export interface RawBatch {
  /** Of the codec. */
  readonly codec: number
  readonly count: number
  /** Of the first record, and of all. */
  readonly timestamp?: bigint
  /** As they are stored: compressed by the codec. */
  readonly records: Buffer
}

/** A record batch as any producer may send it (Kafka's `DefaultRecordBatch`). */
const batchOf = ({ codec, count, records, timestamp = 0n }: RawBatch): Buffer => {
  const covered = Buffer.concat([
    int16(codec),
    int32(count - 1),
    int64(timestamp),
    int64(timestamp),
    int64(-1n),
    int16(-1),
    int32(-1),
    int32(count),
    records
  ])
  const checksum = Buffer.alloc(4)
  checksum.writeUInt32BE(crc32C(covered))
  return Buffer.concat([int64(0n), sized(int32(0), int8(2), checksum, covered)])
}

/** Sends one batch to a broker, which must lead the partition. Fails with the broker's error code. */
export const produceBatch = (broker: string, topic: string, partition: number, batch: RawBatch) =>
  Effect.callback<void>((resume) => {
    const [host, port] = broker.split(":")
    const socket = connect(Number(port), host)
    const PRODUCE = 0
    const header = [int16(PRODUCE), int16(7), int32(1), text("test")]
    const body = [int16(-1), int16(1), int32(10_000), int32(1), text(topic), int32(1), int32(partition)]
    socket.end(sized(...header, ...body, sized(batchOf(batch))))
    const answers: Array<Buffer> = []
    socket.on("data", (data) => answers.push(Buffer.from(data)))
    socket.on("error", (error) => resume(Effect.die(error)))
    socket.on("close", () => {
      // Length, correlation id, one topic with its name, one partition with its number.
      const code = Buffer.concat(answers).readInt16BE(4 + 4 + 4 + 2 + topic.length + 4 + 4)
      resume(code === 0 ? Effect.void : Effect.die(new Error(`the broker answered ${code}`)))
    })
  })
