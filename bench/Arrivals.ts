import type { Order } from "./orders.ts"

/** One response, with the fields that the bench reads. */
export interface Arrival {
  readonly key: string
  readonly evento: string
  readonly status: string
}

const nameOf = (key: string, evento: string) => `${evento} ${key}`

/** Compares what was sent with what came back: each response exactly once, and a success. */
export class Arrivals {
  /** `performance.now()` when it was sent, or when it was due. */
  readonly #sent = new Map<string, number>()
  readonly #latencies = new Map<string, number>()
  #problems = 0
  #firstProblem = ""
  #wake: (() => void) | undefined
  /** `performance.now()`. */
  last = 0

  expect({ evento, key }: Order, at: number): void {
    this.#sent.set(nameOf(key, evento), at)
  }

  arrived({ evento, key, status }: Arrival, at: number): void {
    const name = nameOf(key, evento)
    const sent = this.#sent.get(name)
    if (status !== "success") this.#problem(`${name}: ${status}`)
    else if (sent === undefined) this.#problem(`${name}: nobody asked for it`)
    else if (this.#latencies.has(name)) this.#problem(`${name}: answered twice`)
    else this.#latencies.set(name, at - sent)
    this.last = at
    this.#wake?.()
  }

  #problem(text: string): void {
    this.#problems++
    this.#firstProblem ||= text
  }

  get count(): number {
    return this.#latencies.size
  }

  /** What is wrong with the responses. `undefined` if nothing is. */
  get problem(): string | undefined {
    return this.#problems === 0
      ? undefined
      : `${this.#problems} responses not as expected, the first: ${this.#firstProblem}`
  }

  /** Sets a callback for every arrival. */
  onArrival(wake: (() => void) | undefined): void {
    this.#wake = wake
  }

  /** Latencies in milliseconds of the orders whose response has come. */
  latencies(orders: ReadonlyArray<Order>): ReadonlyArray<number> {
    return orders.flatMap(({ evento, key }) => this.#latencies.get(nameOf(key, evento)) ?? [])
  }
}
