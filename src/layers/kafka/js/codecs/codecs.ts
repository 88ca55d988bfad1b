import { promisify } from "node:util"
import { unzip, zstdDecompress } from "node:zlib"

import kafkajs from "kafkajs"

import { BatchTooLarge } from "./BatchTooLarge.ts"
import { unlz4 } from "./lz4.ts"
import { unsnappy } from "./snappy.ts"

/** Decompresses bytes. Fails with `BatchTooLarge` as soon as it has made more than `limit` of them. */
type Decompress = (bytes: Buffer, limit: number) => Promise<Uint8Array>

const ofZlib = (decompress: (bytes: Buffer, options: { readonly maxOutputLength: number }) => Promise<Buffer>) =>
  ((bytes, limit) =>
    decompress(bytes, { maxOutputLength: limit }).catch((error: unknown) => {
      throw error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE"
        ? new BatchTooLarge(limit)
        : error
    })) satisfies Decompress

const { CompressionCodecs, CompressionTypes } = kafkajs

/** By the codec's number in a record batch. */
const decompressors: ReadonlyMap<number, Decompress> = new Map<number, Decompress>([
  [CompressionTypes.None, (bytes) => Promise.resolve(bytes)],
  [CompressionTypes.GZIP, ofZlib(promisify(unzip))],
  [CompressionTypes.Snappy, async (bytes, limit) => unsnappy(bytes, limit)],
  [CompressionTypes.LZ4, async (bytes, limit) => unlz4(bytes, limit)],
  [CompressionTypes.ZSTD, ofZlib(promisify(zstdDecompress))]
])

/**
 * Decompresses the records of a batch. Fails with `BatchTooLarge` for more than `limit` bytes, and with any other error
 * for damaged bytes.
 */
export const decompress = async (codec: number, bytes: Buffer, limit: number): Promise<Uint8Array> => {
  const decompressor = decompressors.get(codec)
  if (decompressor === undefined) throw new Error(`the compression ${codec} is not known`)
  const plain = await decompressor(bytes, limit)
  return new Uint8Array(plain.buffer, plain.byteOffset, plain.byteLength)
}

/**
 * Registers the decoders with kafkajs, which uses them for the batches of other clients and for formats older than
 * record batches. Without a decoder, a consumer crashes on such a batch.
 */
export const registerCodecs = (limit: number): void => {
  const toBuffer = ({ buffer, byteLength, byteOffset }: Uint8Array) => Buffer.from(buffer, byteOffset, byteLength)
  const compress = (): Promise<Buffer> => Promise.reject(new Error("this codec only reads"))
  for (const codec of [CompressionTypes.Snappy, CompressionTypes.LZ4, CompressionTypes.ZSTD] as const) {
    CompressionCodecs[codec] = () => ({
      compress,
      decompress: (bytes: Buffer) => decompress(codec, bytes, limit).then(toBuffer)
    })
  }
  const gzip = CompressionCodecs[CompressionTypes.GZIP]()
  CompressionCodecs[CompressionTypes.GZIP] = () => ({
    ...gzip,
    decompress: (bytes: Buffer) => decompress(CompressionTypes.GZIP, bytes, limit).then(toBuffer)
  })
}
