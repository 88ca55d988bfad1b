import { HashMap, Option } from "effect"

interface Entry<V> {
  readonly position: number
  readonly value: V
}

/**
 * A map that is never changed: `with` and `without` return another one, which shares almost everything with this one.
 * They and `get` take the same time however large the map is. Iteration is in the order in which the keys were first
 * set, and takes time for each entry.
 */
export class PersistentMap<K, V> implements ReadonlyMap<K, V> {
  private readonly byKey: HashMap.HashMap<K, Entry<V>>
  /** The position of the next new key. */
  private readonly next: number

  private constructor(byKey: HashMap.HashMap<K, Entry<V>>, next: number) {
    this.byKey = byKey
    this.next = next
  }

  static empty<K, V>(): PersistentMap<K, V> {
    return new PersistentMap(HashMap.empty<K, Entry<V>>(), 0)
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

  /** A map in which the key has this value. */
  with(key: K, value: V): PersistentMap<K, V> {
    const known = Option.getOrUndefined(HashMap.get(this.byKey, key))
    const position = known?.position ?? this.next
    const next = known === undefined ? this.next + 1 : this.next
    return new PersistentMap(HashMap.set(this.byKey, key, { position, value }), next)
  }

  without(key: K): PersistentMap<K, V> {
    return this.has(key) ? new PersistentMap(HashMap.remove(this.byKey, key), this.next) : this
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
