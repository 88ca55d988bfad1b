import { promisify } from "node:util"
import { zstdDecompress } from "node:zlib"

import kafkajs from "kafkajs"

import { unlz4 } from "./lz4.ts"
import { unsnappy } from "./snappy.ts"

const unzstd = promisify(zstdDecompress)

/** The codec interface of kafkajs, for reading only: kafkajs can write gzip alone, and we write uncompressed. */
const reader = (decompress: (bytes: Buffer) => Promise<Uint8Array>) => () => ({
  compress: (): Promise<Buffer> => Promise.reject(new Error("this codec only reads")),
  decompress: async (bytes: Buffer): Promise<Buffer> => {
    const plain = await decompress(bytes)
    return Buffer.from(plain.buffer, plain.byteOffset, plain.byteLength)
  }
})

/**
 * Registers decoders for the compressions that Java producers use. Without a decoder, the consumer crashes on such a
 * batch.
 */
export const registerCodecs = (): void => {
  const { CompressionCodecs, CompressionTypes } = kafkajs
  CompressionCodecs[CompressionTypes.Snappy] = reader(async (bytes) => unsnappy(bytes))
  CompressionCodecs[CompressionTypes.LZ4] = reader(async (bytes) => unlz4(bytes))
  CompressionCodecs[CompressionTypes.ZSTD] = reader((bytes) => unzstd(bytes))
}
