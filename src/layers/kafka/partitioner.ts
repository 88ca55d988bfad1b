const M = 0x5bd1e995

/** The 32-bit murmur2 with which Kafka's own clients hash keys (`org.apache.kafka.common.utils.Utils.murmur2`). */
export const murmur2 = (data: Uint8Array): number => {
  const length = data.length
  const view = new DataView(data.buffer, data.byteOffset, length)
  let hash = 0x9747b28c ^ length
  let at = 0
  for (; at + 4 <= length; at += 4) {
    let k = Math.imul(view.getInt32(at, true), M)
    k = Math.imul(k ^ (k >>> 24), M)
    hash = Math.imul(hash, M) ^ k
  }
  const rest = length - at
  if (rest === 3) hash ^= view.getUint8(at + 2) << 16
  if (rest >= 2) hash ^= view.getUint8(at + 1) << 8
  if (rest >= 1) hash = Math.imul(hash ^ view.getUint8(at), M)
  hash = Math.imul(hash ^ (hash >>> 13), M)
  return hash ^ (hash >>> 15)
}

/** Returns the partition of a key, the same one that Kafka's Java client and C clients with murmur2 choose. */
export const partitionOf = (key: Uint8Array, partitions: number): number => (murmur2(key) & 0x7fffffff) % partitions
