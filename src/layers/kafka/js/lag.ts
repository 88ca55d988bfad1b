import { Clock, Effect } from "effect"

import type { Intake } from "../Intake.ts"
import type { Admin } from "./Admin.ts"
import type { Complaint } from "./Complaint.ts"
import type { MemberState } from "./MemberState.ts"
import { survey } from "./survey.ts"

const EVERY = 10_000

/** Asks the brokers every 10 s how far behind our partitions are, and says when they do not answer. */
export const watchLag = (
  admin: Admin,
  groupId: string,
  topics: ReadonlyArray<string>,
  intake: Intake,
  state: MemberState,
  away: Complaint
) =>
  survey(admin, groupId, topics).pipe(
    Effect.flatMap((surveyed) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        state.contactAt = now
        state.lag = surveyed
          .filter((it) => intake.owns(it.topic, it.partition))
          .map(({ topic, partition, low, high, committed }) => ({
            topic,
            partition,
            lag: Math.max(0, high - Math.max(low, committed ?? low))
          }))
      })
    ),
    Effect.andThen(away.over),
    Effect.catch((failure) => away.about(failure.message)),
    Effect.andThen(Effect.sleep(EVERY)),
    // Before the first session the topics may not be there to ask about.
    (asking) => Effect.suspend(() => (state.joined || state.commit !== undefined ? asking : Effect.sleep(1000))),
    Effect.forever
  )
