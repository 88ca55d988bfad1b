import { assert, it } from "@effect/vitest"

import { murmur2, partitionOf } from "../../../src/layers/kafka/partitioner.ts"

const bytes = (text: string) => new TextEncoder().encode(text)

it.each([
  // Apache Kafka, UtilsTest.testMurmur2
  ["21", -973932308],
  ["foobar", -790332482],
  ["a-little-bit-long-string", -985981536],
  ["a-little-bit-longer-string", -1486304829],
  ["lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971],
  ["abc", 479470107]
])("CONTRACT Records: murmur2 of %s is Kafka's own", (key, hash) => {
  assert.strictEqual(murmur2(bytes(key)), hash)
})

it("CONTRACT Records: a key's partition does not depend on where its bytes lie in memory", () => {
  const key = bytes("pedido_entregue_amanha|17|900")
  const moved = new Uint8Array(key.length + 3)
  moved.set(key, 3)
  assert.strictEqual(murmur2(moved.subarray(3)), murmur2(key))
  assert.isBelow(partitionOf(key, 12), 12)
  assert.isAtLeast(partitionOf(key, 12), 0)
})
