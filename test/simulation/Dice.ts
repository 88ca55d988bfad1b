import { makeRandom } from "../../simulators/core/random.ts"

/** All randomness of one run. Equal seeds throw equally. */
export class Dice {
  private readonly next: () => number

  constructor(seed: number) {
    // Neighbouring seeds must not start with similar throws.
    this.next = makeRandom(Math.imul(seed ^ (seed >>> 16), 0x9e3779b1))
    for (let count = 0; count < 4; count++) this.next()
  }

  /** In [0, 1). */
  fraction(): number {
    return this.next() / 2 ** 32
  }

  /** A whole number in [0, limit). */
  below(limit: number): number {
    return Math.floor(this.fraction() * limit)
  }

  /** A whole number from `low` to `high`, inclusive. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1)
  }

  chance(probability: number): boolean {
    return this.fraction() < probability
  }

  pick<const A>(values: ReadonlyArray<A>): A {
    return values[this.below(values.length)] as A
  }

  /** Separate dice, whose throws do not change the later throws of these. */
  fork(): Dice {
    return new Dice(this.next())
  }
}
