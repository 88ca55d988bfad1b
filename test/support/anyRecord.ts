import * as fc from "fast-check"

const text = (value: string) => new TextEncoder().encode(value)

/** Bytes of a header's name: often bytes that are not text, repeated names, or names with a meaning elsewhere. */
const anyName = fc.oneof(
  fc.uint8Array({ maxLength: 6 }),
  fc
    .constantFrom("__proto__", "constructor", "10", "2", "", "\0", "x", "dlq", "traceparent", "baggage", "ação")
    .map(text),
  fc.constantFrom([0xff], [0xc3, 0x28], [0xed, 0xa0, 0x80]).map((bytes) => Uint8Array.from(bytes))
)

/** Any headers that a producer may write. None has the name of a dead letter's own header. */
export const anyHeaders: fc.Arbitrary<ReadonlyArray<readonly [Uint8Array, Uint8Array | null]>> = fc.array(
  fc.tuple(anyName, fc.option(fc.uint8Array({ maxLength: 12 }), { nil: null })),
  { maxLength: 6 }
)

/** A timestamp of a record: any 64 bits, often near the limits of some type. */
export const anyTimestamp: fc.Arbitrary<bigint> = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(0n, -1n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n), 8_640_000_000_000_001n, 253_402_300_800_000n),
  fc.bigInt({ min: 1_700_000_000_000n, max: 1_900_000_000_000n })
)

/** Any record that a producer may write, as bytes. */
export const anyRecord = fc.record({
  key: fc.option(fc.uint8Array({ maxLength: 12 })),
  value: fc.option(fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.json({ maxDepth: 2 }).map(text))),
  headers: anyHeaders,
  timestamp: anyTimestamp
})
