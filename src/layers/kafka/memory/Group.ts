import type { Assignment } from "../Intake.ts"

/** One consumer in a group, as the broker sees it. */
export interface Member {
  readonly topics: ReadonlyArray<string>
  /** A new generation: called at once, before anything else is read. */
  assigned(assignment: Assignment): void
  /** The last chance to commit before the next `assigned`. */
  rebalancing(): void
}

/** A consumer group: its members, and its committed offsets. */
export class Group {
  readonly members: Array<Member> = []
  private readonly offsets = new Map<string, number>()

  committed(topic: string, partition: number): number | undefined {
    return this.offsets.get(`${topic}/${partition}`)
  }

  commit(topic: string, partition: number, offset: number): void {
    this.offsets.set(`${topic}/${partition}`, offset)
  }

  knows(topic: string): boolean {
    return [...this.offsets.keys()].some((key) => key.startsWith(`${topic}/`))
  }

  /** Shares the partitions out in turn, topic by topic. */
  rebalance(partitionsOf: (topic: string) => number): void {
    for (const member of this.members) member.rebalancing()
    const shares = this.members.map((): Record<string, Array<number>> => ({}))
    let turn = 0
    for (const topic of new Set(this.members.flatMap((it) => it.topics))) {
      const takers = this.members.flatMap((it, at) => (it.topics.includes(topic) ? [at] : []))
      for (let partition = 0; partition < partitionsOf(topic); partition++) {
        const share = shares[takers[turn++ % takers.length] as number] as Record<string, Array<number>>
        ;(share[topic] ??= []).push(partition)
      }
    }
    this.members.forEach((member, at) => member.assigned(shares[at] ?? {}))
  }
}
