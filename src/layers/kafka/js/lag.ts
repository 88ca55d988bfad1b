import { Effect } from "effect"

import type { Intake } from "../Intake.ts"
import type { Admin } from "./Admin.ts"
import type { Complaint } from "./Complaint.ts"
import type { MemberState } from "./MemberState.ts"
import { survey } from "./survey.ts"

const EVERY = 10_000

/**
 * Asks the brokers every 10 s how far behind our partitions are, and says when they do not answer. Between sessions
 * only whether they are there: the topics may not be.
 */
export const watchLag = (
  admin: Admin,
  groupId: string,
  topics: ReadonlyArray<string>,
  intake: Intake,
  state: MemberState,
  away: Complaint
) => {
  const measure = Effect.map(survey(admin, groupId, topics), (surveyed) => {
    state.lag = surveyed
      .filter((it) => intake.owns(it.topic, it.partition))
      .map(({ topic, partition, earliest, end, committed }) => ({
        topic,
        partition,
        lag: Math.max(0, end - Math.max(earliest, committed ?? earliest))
      }))
  })
  const callOut = Effect.asVoid(admin.use((it) => it.listTopics()))
  return Effect.suspend(() => (state.joined || state.commit !== undefined ? measure : callOut)).pipe(
    Effect.andThen(away.over),
    Effect.catch((failure) => away.about(failure.message)),
    Effect.andThen(Effect.sleep(EVERY)),
    Effect.forever
  )
}
