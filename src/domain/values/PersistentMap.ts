import { HashMap, Option } from "effect"

interface Entry<V> {
  readonly position: number
  readonly value: V
}

/**
 * A map that is never changed: `with` and `without` return another one, which shares almost everything with this one.
 * They, `get` and `firstKey` take constant time, on average over the successive versions of a map. Iteration is in the
 * order in which the keys were first set, and takes time for each entry.
 */
export class PersistentMap<K, V> implements ReadonlyMap<K, V> {
  private readonly byKey: HashMap.HashMap<K, Entry<V>>
  private readonly keyAt: HashMap.HashMap<number, K>
  /** The position of the first key. */
  private readonly first: number
  /** The position of the next new key. */
  private readonly next: number

  private constructor(
    byKey: HashMap.HashMap<K, Entry<V>>,
    keyAt: HashMap.HashMap<number, K>,
    first: number,
    next: number
  ) {
    this.byKey = byKey
    this.keyAt = keyAt
    this.first = first
    this.next = next
  }

  static empty<K, V>(): PersistentMap<K, V> {
    return new PersistentMap(HashMap.empty<K, Entry<V>>(), HashMap.empty<number, K>(), 0, 0)
  }

  get size(): number {
    return HashMap.size(this.byKey)
  }

  has(key: K): boolean {
    return HashMap.has(this.byKey, key)
  }

  get(key: K): V | undefined {
    return Option.getOrUndefined(HashMap.get(this.byKey, key))?.value
  }

  /** The key that was set before all others; `undefined` of an empty map. */
  get firstKey(): K | undefined {
    return Option.getOrUndefined(HashMap.get(this.keyAt, this.first))
  }

  /** A map in which the key has this value. */
  with(key: K, value: V): PersistentMap<K, V> {
    const { first, keyAt, next } = this
    const known = Option.getOrUndefined(HashMap.get(this.byKey, key))
    if (known !== undefined) {
      return new PersistentMap(HashMap.set(this.byKey, key, { ...known, value }), keyAt, first, next)
    }
    const byKey = HashMap.set(this.byKey, key, { position: next, value })
    return new PersistentMap(byKey, HashMap.set(keyAt, next, key), first, next + 1)
  }

  without(key: K): PersistentMap<K, V> {
    const known = Option.getOrUndefined(HashMap.get(this.byKey, key))
    if (known === undefined) return this
    const keyAt = HashMap.remove(this.keyAt, known.position)
    let { first } = this
    while (first < this.next && !HashMap.has(keyAt, first)) first++
    return new PersistentMap(HashMap.remove(this.byKey, key), keyAt, first, this.next)
  }

  private ordered(): Map<K, V> {
    const entries = [...HashMap.entries(this.byKey)].sort(([, one], [, other]) => one.position - other.position)
    return new Map(entries.map(([key, { value }]): [K, V] => [key, value]))
  }

  entries(): MapIterator<[K, V]> {
    return this.ordered().entries()
  }

  [Symbol.iterator](): MapIterator<[K, V]> {
    return this.entries()
  }

  keys(): MapIterator<K> {
    return this.ordered().keys()
  }

  values(): MapIterator<V> {
    return this.ordered().values()
  }

  forEach(each: (value: V, key: K, map: ReadonlyMap<K, V>) => void): void {
    for (const [key, value] of this) each(value, key, this)
  }
}
