import { gzipSync, zstdCompressSync } from "node:zlib"

import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"

import { RecordHeaders } from "../../../../src/domain/record/RecordHeaders.ts"
import { timestampText } from "../../../../src/domain/record/recordTime.ts"
import { type BatchMessage, makeBatchReader } from "../../../../src/layers/kafka/js/BatchReader.ts"
import type { PackedBatch } from "../../../../src/layers/kafka/js/packedBatch.ts"
import { recordBytes } from "../../../../src/layers/kafka/js/recordCodec.ts"
import { anyRecord } from "../../../support/anyRecord.ts"

const megabyte = 1024 * 1024

const sizeOf = (bytes: Uint8Array, write: "writeInt32BE" | "writeUInt32LE") => {
  const size = Buffer.alloc(4)
  size[write](bytes.length)
  return size
}

/** Only frames the bytes, without compression. Matches are tested with the decoders. */
const snappy = (bytes: Buffer): Buffer => {
  const blocks: Array<Buffer> = [Buffer.of(0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0), Buffer.alloc(8)]
  for (let at = 0; at < bytes.length; at += 50) {
    const literal = bytes.subarray(at, at + 50)
    const block = Buffer.concat([Buffer.of(literal.length, (literal.length - 1) << 2), literal])
    blocks.push(sizeOf(block, "writeInt32BE"), block)
  }
  return Buffer.concat(blocks)
}
const lz4 = (bytes: Buffer): Buffer => {
  const size = sizeOf(bytes, "writeUInt32LE")
  size.writeUInt32LE((size.readUInt32LE() | 0x80000000) >>> 0)
  return Buffer.concat([Buffer.of(0x04, 0x22, 0x4d, 0x18, 0x40, 0x40, 0), size, bytes, Buffer.alloc(4)])
}

const codecs: ReadonlyArray<(bytes: Buffer) => Buffer> = [
  (it) => it,
  (it) => gzipSync(it),
  snappy,
  lz4,
  (it) => zstdCompressSync(it)
]

interface Numbered {
  readonly offsetDelta: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: RecordHeaders
}

const packedOf = (
  firstOffset: number,
  codec: number,
  records: ReadonlyArray<Numbered>,
  more: Partial<PackedBatch> = {}
) => {
  const bytes = records.map(({ headers, key, offsetDelta, value }) =>
    recordBytes({ key: key && Buffer.from(key), value: value && Buffer.from(value), offsetDelta }, headers)
  )
  const compress = codecs[codec] as (bytes: Buffer) => Buffer
  const lastOffset = firstOffset + (records.at(-1)?.offsetDelta ?? 0)
  const packed: PackedBatch = {
    firstOffset,
    lastOffset,
    count: records.length,
    codec,
    firstTimestamp: 0n,
    records: compress(Buffer.concat(bytes)),
    ...more
  }
  return { offset: `${lastOffset}`, packed } satisfies BatchMessage
}

const plain = (count: number, offsets = (at: number) => at): ReadonlyArray<Numbered> =>
  Array.from({ length: count }, (_, at) => ({
    offsetDelta: offsets(at),
    key: null,
    value: Buffer.from(`${at}`),
    headers: RecordHeaders.none
  }))

const part = (messages: ReadonlyArray<BatchMessage>, from: number) => ({
  topic: "t",
  partition: 3,
  messages,
  from,
  end: Number(messages.at(-1)?.offset ?? from - 1) + 1
})

describe("reading the records of batches", () => {
  it("SPEC 9.5: any key, value, headers and timestamp are read as they were written, with any codec", async () => {
    await fc.assert(
      fc.asyncProperty(
        anyRecord,
        fc.nat(4),
        fc.boolean(),
        async ({ headers, key, timestamp, value }, codec, isAppended) => {
          const record = { offsetDelta: 0, key, value, headers: RecordHeaders.of(headers) }
          const time = isAppended ? { appendedAt: timestamp } : { firstTimestamp: timestamp }
          const { next, records, undecodable } = await makeBatchReader(megabyte).take(
            part([packedOf(7, codec, [record], time)], 7),
            10
          )
          const [read] = records
          assert.deepStrictEqual([next, records.length, undecodable], [8, 1, undefined])
          assert.deepStrictEqual([read?.topic, read?.partition, read?.offset], ["t", 3, 7])
          assert.deepStrictEqual(read?.key && [...read.key], key && [...key])
          assert.deepStrictEqual(read?.value && [...read.value], value && [...value])
          assert.deepStrictEqual([...(read?.headers.bytes ?? [])], [...record.headers.bytes])
          assert.strictEqual(read && timestampText(read), String(timestamp))
        }
      ),
      { numRuns: 300 }
    )
  })

  it("SPEC 9.5: any damage to the records of a batch holds it as a whole, or changes nothing of their number", async () => {
    const reader = makeBatchReader(megabyte)
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat(255), fc.nat(4), async (where, byte, codec) => {
        const good = packedOf(0, codec, plain(20))
        const records = Buffer.from(good.packed.records)
        records[where % records.length] = byte
        const {
          next,
          records: read,
          undecodable
        } = await reader.take(part([{ ...good, packed: { ...good.packed, records } }], 0), 100)
        assert.deepStrictEqual([next, read.length], undecodable === undefined ? [20, 20] : [0, 0])
      }),
      { numRuns: 500 }
    )
  })

  it.each([0, 1, 2, 3, 4])("SPEC 9.5: records are taken as there is room, each once (codec %s)", async (codec) => {
    const reader = makeBatchReader(megabyte)
    const messages = [
      packedOf(
        10,
        codec,
        plain(50, (at) => 2 * at)
      ),
      packedOf(200, codec, plain(3))
    ]
    const offsets: Array<number> = []
    let rounds = 0
    for (let from = 10; from < 203; rounds++) {
      const { next, records } = await reader.take(part(messages, from), 20)
      assert.isAtMost(records.length, 20)
      offsets.push(...records.map(({ offset }) => offset))
      from = next
    }
    assert.deepStrictEqual(offsets, [...plain(50).map((_, at) => 10 + 2 * at), 200, 201, 202])
    assert.strictEqual(rounds, 3)
    // Its position went back, so the records that were read before are read again.
    const { next, records } = await reader.take(part(messages, 14), 2)
    assert.deepStrictEqual([next, records.map(({ offset }) => offset)], [17, [14, 16]])
  })

  it("SPEC 9.5: no more records are made of a batch of a million than there is room for", async () => {
    const bytes = Buffer.alloc(1_000_000 * 9)
    for (let delta = 0; delta < 1_000_000; delta++) {
      const zigzag = delta * 2
      // Length, attributes, time and offset, no key, no value, no headers.
      bytes.set([16, 0, 0, (zigzag & 0x7f) | 0x80, ((zigzag >> 7) & 0x7f) | 0x80, zigzag >> 14, 1, 1, 0], delta * 9)
    }
    const records = gzipSync(bytes)
    const packed = { firstOffset: 0, lastOffset: 999_999, count: 1_000_000, codec: 1, firstTimestamp: 0n, records }
    const messages = [{ offset: "999999", packed }]
    const reader = makeBatchReader(16 * megabyte)
    const first = await reader.take(part(messages, 0), 1024)
    assert.deepStrictEqual([first.next, first.records.length, first.undecodable], [1024, 1024, undefined])
    const later = await reader.take(part(messages, 999_000), 100_000)
    assert.deepStrictEqual([later.next, later.records.length], [1_000_000, 1000])
    // However much room there is, nothing else of the process waits for long.
    const roomy = await reader.take(part(messages, 0), 1_000_000)
    assert.deepStrictEqual([roomy.next, roomy.records.length], [5000, 5000])
  })

  it("CONTRACT KAFKA_MAX_BATCH: a batch that decompresses to more is held and named, and the records before it are read", async () => {
    const bomb = {
      ...plain(1)[0],
      offsetDelta: 0,
      key: null,
      headers: RecordHeaders.none,
      value: Buffer.alloc(megabyte)
    }
    const messages = [packedOf(0, 0, plain(2)), packedOf(2, 4, [bomb]), packedOf(3, 0, plain(1))]
    const { next, records, undecodable } = await makeBatchReader(megabyte).take(part(messages, 0), 100)
    assert.deepStrictEqual([next, records.length], [2, 2])
    assert.deepStrictEqual(undecodable, {
      firstOffset: 2,
      lastOffset: 2,
      reason: `its records unpack to more than KAFKA_MAX_BATCH (${megabyte} bytes)`
    })
  })

  it("docs/kafka.md: a record keeps nothing of its batch in memory but its own bytes", async () => {
    const { records } = await makeBatchReader(megabyte).take(part([packedOf(0, 1, plain(1000))], 0), 1000)
    assert.strictEqual(records[999]?.value?.buffer.byteLength, 3)
  })
})
