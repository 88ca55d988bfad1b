import type { Consumer } from "kafkajs"

import type { Assignment, Intake } from "../Intake.ts"
import type { MemberState } from "./MemberState.ts"

/** Whether records of a partition are wanted now. */
export type MayRead = (topic: string, partition: number) => boolean

export const makeMayRead =
  (intake: Intake, state: MemberState): MayRead =>
  (topic, partition) => {
    const key = `${topic}/${partition}`
    return !state.stopping && !state.anchoring.has(key) && !state.undecodable.has(key) && intake.wants(topic, partition)
  }

/** Tells kafkajs which partitions to fetch; one by one: pausing one of them undoes that its topic was paused. */
export const refetch = (consumer: Consumer, assignment: Assignment, mayRead: MayRead): void => {
  for (const [topic, partitions] of Object.entries(assignment)) {
    const open = partitions.filter((it) => mayRead(topic, it))
    const held = partitions.filter((it) => !open.includes(it))
    try {
      if (open.length > 0) consumer.resume([{ topic, partitions: open }])
      if (held.length > 0) consumer.pause([{ topic, partitions: held }])
    } catch {
      // Between its crash and the event of it, a kafkajs consumer has no group; there is nothing to fetch either.
    }
  }
}
