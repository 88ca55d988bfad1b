import { gzipSync, zstdCompressSync } from "node:zlib"

import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import kafkajs from "kafkajs"

import { decompress, registerCodecs } from "../../../../../src/layers/kafka/js/codecs/codecs.ts"
import { unlz4 } from "../../../../../src/layers/kafka/js/codecs/lz4.ts"
import { unsnappy } from "../../../../../src/layers/kafka/js/codecs/snappy.ts"
import compressed from "./compressed.json" with { type: "json" }

/** More than any of these batches unpacks to. */
const roomy = 1_000_000

/** 150,000 bytes that the Java compressors split into several blocks. */
const long = (): Buffer => {
  const parts: Array<Buffer> = []
  for (let i = 0, size = 0; size < 150_000; i++) {
    const part = Buffer.from(`pedido ${i % 97} entregue amanhã;`)
    parts.push(part)
    size += part.length
  }
  return Buffer.concat(parts)
}

/** What `compressed.json` holds as Apache Kafka 4.1.1 compressed it (`Compression.wrapForOutput`). */
const plain = {
  short: Buffer.from("Comunicação Transacional"),
  run: Buffer.from("a".repeat(300)),
  noise: Buffer.from(compressed.noise.plain, "base64"),
  long: long()
}

describe("docs/kafka.md: decoders of what Java producers compress with", () => {
  it.each(["short", "run", "noise", "long"] as const)("snappy, xerial's framing: %s", (name) => {
    assert.isTrue(plain[name].equals(unsnappy(Buffer.from(compressed[name].snappy, "base64"), roomy)))
  })

  it("snappy, one raw block", () => {
    assert.isTrue(plain.run.equals(unsnappy(Buffer.from(compressed.run.rawsnappy, "base64"), roomy)))
  })

  it.each(["short", "run", "noise", "long"] as const)("lz4 frame: %s", (name) => {
    assert.isTrue(plain[name].equals(unlz4(Buffer.from(compressed[name].lz4, "base64"), roomy)))
  })

  it("snappy: long literals and far copies with all of their tag sizes", () => {
    const letters = Array.from({ length: 300 }, (_, at) => 97 + (at % 26))
    // Literal of 300 (two length bytes), copy of 4 from 300 back (2-byte offset), and from 300 back (4-byte offset).
    const block = [(308 & 0x7f) | 0x80, 308 >> 7, 61 << 2, 299 & 255, 299 >> 8, ...letters]
    block.push((3 << 2) | 2, 300 & 255, 300 >> 8, (3 << 2) | 3, 300 & 255, 300 >> 8, 0, 0)
    const expected = [...letters, ...letters.slice(0, 8)]
    assert.deepStrictEqual([...unsnappy(Uint8Array.from(block), roomy)], expected)
  })

  it("lz4: a block may copy from the blocks before it", () => {
    const frame = [0x04, 0x22, 0x4d, 0x18, 0x40, 0x40, 0]
    // 4 literals; then 1 literal and a match of 5 from 5 back, of which 4 lie in the first block; then 1 last literal.
    frame.push(5, 0, 0, 0, 0x40, 97, 98, 99, 100, 6, 0, 0, 0, 0x11, 101, 5, 0, 0x10, 33, 0, 0, 0, 0)
    assert.strictEqual(Buffer.from(unlz4(Uint8Array.from(frame), roomy)).toString(), "abcdeabcde!")
  })

  it.each(["snappy", "lz4"] as const)("%s: damaged bytes are an error or other bytes, never a hang", (codec) => {
    const bytes = Buffer.from(compressed.noise[codec], "base64")
    const decode = codec === "snappy" ? unsnappy : unlz4
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), fc.nat(bytes.length), (at, byte, length) => {
        const damaged = Buffer.from(bytes.subarray(0, length))
        if (at < length) damaged[at] = byte
        try {
          assert.isAtMost(decode(damaged, roomy).length, 1_000_000)
        } catch (error) {
          assert.match((error as Error).message, /^corrupt/)
        }
      }),
      { numRuns: 2000 }
    )
  })

  const zeros = (bytes: number) => Buffer.alloc(bytes)
  /** lz4: one literal, and then the same byte again and again: a match grows by 255 with each byte. */
  const lz4Bomb = (size: number): Buffer => {
    const lengths = Buffer.concat([Buffer.alloc(Math.floor((size - 20) / 255), 255), Buffer.of(0)])
    const block = Buffer.concat([Buffer.of(0x1f, 0, 1, 0), lengths, Buffer.of(0x10, 0)])
    const length = Buffer.alloc(4)
    length.writeUInt32LE(block.length)
    return Buffer.concat([Buffer.of(0x04, 0x22, 0x4d, 0x18, 0x40, 0x40, 0), length, block, Buffer.alloc(4)])
  }
  /** snappy: a literal, and then copies of 64 bytes from one byte back. */
  const snappyBomb = (size: number): Buffer => {
    const copies = Math.floor((size - 1) / 64)
    const length = 1 + copies * 64
    const varint: Array<number> = []
    for (let rest = length; ; rest >>>= 7) {
      varint.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0))
      if (rest <= 0x7f) break
    }
    const copy = Buffer.alloc(copies * 3)
    for (let at = 0; at < copy.length; at += 3) copy.set([(63 << 2) | 2, 1, 0], at)
    return Buffer.concat([Buffer.from(varint), Buffer.of(0, 0), copy])
  }
  /** Two raw blocks in xerial's framing, each of them small. */
  const xerialBomb = (size: number): Buffer => {
    const block = snappyBomb(size / 2)
    const length = Buffer.alloc(4)
    length.writeInt32BE(block.length)
    const header = Buffer.concat([Buffer.of(0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0), Buffer.alloc(8)])
    return Buffer.concat([header, length, block, length, block])
  }

  it.each([
    ["gzip", 1, (size: number) => gzipSync(zeros(size))],
    ["snappy", 2, snappyBomb],
    ["snappy in xerial's framing", 2, xerialBomb],
    ["lz4", 3, lz4Bomb],
    ["zstd", 4, (size: number) => zstdCompressSync(zeros(size))]
  ] as const)("SPEC 9.5: %s makes no more bytes than it may", async (_, codec, bomb) => {
    const bytes = bomb(4_000_000)
    assert.isAtMost(bytes.length, 400_000)
    const tooLarge = await decompress(codec, bytes, 1_000_000).catch((error: unknown) => error)
    assert.strictEqual(
      String(tooLarge),
      "BatchTooLarge: its records unpack to more than KAFKA_MAX_BATCH (1000000 bytes)"
    )
    const plain = await decompress(codec, bytes, 4_000_000)
    assert.isAtLeast(plain.length, 3_900_000)
    assert.isTrue(plain.every((byte) => byte === 0))
  })

  it("all are registered with kafkajs, zstd too", async () => {
    registerCodecs(roomy)
    const { CompressionCodecs, CompressionTypes } = kafkajs
    for (const [type, name] of [
      [CompressionTypes.Snappy, "snappy"],
      [CompressionTypes.LZ4, "lz4"],
      [CompressionTypes.ZSTD, "zstd"]
    ] as const) {
      const bytes = Buffer.from(compressed.long[name], "base64")
      const decoded: Buffer = await CompressionCodecs[type as 2]().decompress(bytes)
      assert.isTrue(plain.long.equals(decoded), name)
    }
  })
})
