/** A task that runs at a time, unless it is cancelled. */
export interface Timer {
  readonly at: number
  readonly order: number
  run: (() => void) | undefined
}

const earlier = (one: Timer, other: Timer) => one.at < other.at || (one.at === other.at && one.order < other.order)

/**
 * The only clock and the only run queue of one simulated world. Tasks run one after the other, in an order that only the seed
 * decides, and a second without tasks costs nothing.
 */
export class Kernel {
  /** Epoch milliseconds. */
  now: number
  private order = 0
  private tasks: Array<() => void> = []
  /** A binary heap, the earliest first. */
  private readonly heap: Array<Timer> = []

  constructor(now: number) {
    this.now = now
  }

  post(task: () => void): void {
    this.tasks.push(task)
  }

  at(time: number, run: () => void): Timer {
    const timer: Timer = { at: Math.max(time, this.now), order: this.order++, run }
    this.push(timer)
    return timer
  }

  /** Runs all tasks until `time`, and leaves the clock there. */
  runUntil(time: number): void {
    this.drain()
    for (let next = this.heap[0]; next !== undefined && next.at <= time; next = this.heap[0]) {
      this.pop()
      if (next.run === undefined) continue
      this.now = Math.max(this.now, next.at)
      next.run()
      this.drain()
    }
    this.now = Math.max(this.now, time)
  }

  /** Moves the clock as if all machines were suspended: tasks with a time in between run late. */
  jumpTo(time: number): void {
    this.now = Math.max(this.now, time)
  }

  private drain(): void {
    for (let spent = 0; this.tasks.length > 0;) {
      const tasks = this.tasks
      this.tasks = []
      for (const task of tasks) task()
      spent += tasks.length
      if (spent > 1_000_000) throw new Error("the service runs without end at one time")
    }
  }

  private push(timer: Timer): void {
    const { heap } = this
    let at = heap.push(timer) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!earlier(timer, heap[parent] as Timer)) break
      heap[at] = heap[parent] as Timer
      at = parent
    }
    heap[at] = timer
  }

  private pop(): void {
    const { heap } = this
    const last = heap.pop() as Timer
    if (heap.length === 0) return
    let at = 0
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && earlier(heap[child + 1] as Timer, heap[child] as Timer)) child++
      if (!earlier(heap[child] as Timer, last)) break
      heap[at] = heap[child] as Timer
      at = child
    }
    heap[at] = last
  }
}
