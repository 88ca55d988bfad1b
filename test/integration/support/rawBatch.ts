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
  /** The codec's number. */
  readonly codec: number
  readonly count: number
  /** The timestamp of the first record, and the maximum of all. */
  readonly timestamp?: bigint
  /** The records as they are stored: compressed by the codec. */
  readonly records: Buffer
}

/** Any record batch that a producer may send (Kafka's `DefaultRecordBatch`). */
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

/** Sends one batch to the broker that leads the partition. Fails with the broker's error code. */
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
      // The answer has its length, the correlation id, one topic with its name, and one partition with its number.
      const code = Buffer.concat(answers).readInt16BE(4 + 4 + 4 + 2 + topic.length + 4 + 4)
      resume(code === 0 ? Effect.void : Effect.die(new Error(`the broker answered ${code}`)))
    })
  })
