import { Effect } from "effect"
import type { Consumer } from "kafkajs"

import type { Position } from "../Intake.ts"
import type { Admin } from "./Admin.ts"
import { failureOf } from "./failure.ts"
import type { MemberState } from "./MemberState.ts"
import { committedOffsets } from "./survey.ts"

/**
 * Makes the beginning of new partitions durable before anything of them is read: else a second replica, or a restart,
 * would take "latest" anew and skip what lies between. Only for partitions that still have no offset, in this epoch.
 */
export const anchor = Effect.fnUntraced(function* (
  admin: Admin,
  consumer: Consumer,
  state: MemberState,
  groupId: string,
  wanted: ReadonlyArray<Position>
) {
  const { epoch } = state
  const topics = [...new Set(wanted.map((it) => it.topic))]
  const settle = Effect.gen(function* () {
    const committed = yield* committedOffsets(admin, groupId, topics)
    const positions = wanted.map(({ topic, partition, offset }) => {
      const known = committed.get(`${topic}/${partition}`)
      return { topic, partition, offset: String(known ?? offset), open: known === undefined }
    })
    const open = positions.filter((it) => it.open)
    if (epoch !== state.epoch) return
    if (open.length > 0) yield* Effect.tryPromise({ try: () => consumer.commitOffsets(open), catch: failureOf })
    // All of them: kafkajs may have looked before another replica settled one.
    if (epoch === state.epoch) for (const position of positions) consumer.seek(position)
  })
  let settled = false
  while (!settled && epoch === state.epoch) {
    settled = yield* settle.pipe(
      Effect.as(true),
      Effect.catch((failure) =>
        Effect.as(Effect.logWarning(`where to begin is not settled: ${failure.message}`), false)
      )
    )
    if (!settled) yield* Effect.sleep(1000)
  }
  if (epoch !== state.epoch) return
  for (const { topic, partition } of wanted) state.anchoring.delete(`${topic}/${partition}`)
  state.refetch()
})
