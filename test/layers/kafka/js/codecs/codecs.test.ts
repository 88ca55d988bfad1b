import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import kafkajs from "kafkajs"

import { registerCodecs } from "../../../../../src/layers/kafka/js/codecs/codecs.ts"
import { unlz4 } from "../../../../../src/layers/kafka/js/codecs/lz4.ts"
import { unsnappy } from "../../../../../src/layers/kafka/js/codecs/snappy.ts"
import compressed from "./compressed.json" with { type: "json" }

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
    assert.isTrue(plain[name].equals(unsnappy(Buffer.from(compressed[name].snappy, "base64"))))
  })

  it("snappy, one raw block", () => {
    assert.isTrue(plain.run.equals(unsnappy(Buffer.from(compressed.run.rawsnappy, "base64"))))
  })

  it.each(["short", "run", "noise", "long"] as const)("lz4 frame: %s", (name) => {
    assert.isTrue(plain[name].equals(unlz4(Buffer.from(compressed[name].lz4, "base64"))))
  })

  it("snappy: long literals and far copies with all of their tag sizes", () => {
    const letters = Array.from({ length: 300 }, (_, at) => 97 + (at % 26))
    // Literal of 300 (two length bytes), copy of 4 from 300 back (2-byte offset), and from 300 back (4-byte offset).
    const block = [(308 & 0x7f) | 0x80, 308 >> 7, 61 << 2, 299 & 255, 299 >> 8, ...letters]
    block.push((3 << 2) | 2, 300 & 255, 300 >> 8, (3 << 2) | 3, 300 & 255, 300 >> 8, 0, 0)
    const expected = [...letters, ...letters.slice(0, 8)]
    assert.deepStrictEqual([...unsnappy(Uint8Array.from(block))], expected)
  })

  it("lz4: a block may copy from the blocks before it", () => {
    const frame = [0x04, 0x22, 0x4d, 0x18, 0x40, 0x40, 0]
    // 4 literals; then 1 literal and a match of 5 from 5 back, of which 4 lie in the first block; then 1 last literal.
    frame.push(5, 0, 0, 0, 0x40, 97, 98, 99, 100, 6, 0, 0, 0, 0x11, 101, 5, 0, 0x10, 33, 0, 0, 0, 0)
    assert.strictEqual(Buffer.from(unlz4(Uint8Array.from(frame))).toString(), "abcdeabcde!")
  })

  it.each(["snappy", "lz4"] as const)("%s: damaged bytes are an error or other bytes, never a hang", (codec) => {
    const bytes = Buffer.from(compressed.noise[codec], "base64")
    const decode = codec === "snappy" ? unsnappy : unlz4
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), fc.nat(bytes.length), (at, byte, length) => {
        const damaged = Buffer.from(bytes.subarray(0, length))
        if (at < length) damaged[at] = byte
        try {
          assert.isAtMost(decode(damaged).length, 1_000_000)
        } catch (error) {
          assert.match((error as Error).message, /^corrupt/)
        }
      }),
      { numRuns: 2000 }
    )
  })

  it("all are registered with kafkajs, zstd too", async () => {
    registerCodecs()
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
