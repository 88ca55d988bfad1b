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
  begin: (positions: ReadonlyArray<Position>) => Effect.Effect<void>,
  wanted: ReadonlyArray<Position>
) {
  const { epoch } = state
  const topics = [...new Set(wanted.map((it) => it.topic))]
  const settle = Effect.gen(function* () {
    const committed = yield* committedOffsets(admin, groupId, topics, wanted)
    const known = ({ topic, partition }: Position) => committed.get(`${topic}/${partition}`)
    const positions = wanted.map((it) => ({ topic: it.topic, partition: it.partition, offset: known(it) ?? it.offset }))
    const open = positions
      .filter((it) => known(it) === undefined)
      .map(({ topic, partition, offset }) => ({ topic, partition, offset: String(offset) }))
    if (epoch !== state.epoch) return
    if (open.length > 0) yield* Effect.tryPromise({ try: () => consumer.commitOffsets(open), catch: failureOf })
    yield* begin(positions)
    // All of them: kafkajs may have looked before another replica settled one.
    if (epoch === state.epoch) {
      for (const { topic, partition, offset } of positions) {
        consumer.seek({ topic, partition, offset: String(offset) })
      }
    }
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
