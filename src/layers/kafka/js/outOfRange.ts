import { Effect } from "effect"

import type { Admin } from "./Admin.ts"

/** Loud: records between the position and what is left are gone, or the topic was made anew. */
export const reportOutOfRange = Effect.fnUntraced(function* (
  admin: Admin,
  groupId: string,
  topic: string,
  partition: number,
  position: number | undefined
) {
  const range = yield* admin
    .use((it) => it.fetchTopicOffsets(topic))
    .pipe(
      Effect.map((all) => all.find((it) => it.partition === partition)),
      Effect.catch(() => Effect.undefined)
    )
  yield* Effect.logError("the position of the group is out of range; reading goes on from the earliest record").pipe(
    Effect.annotateLogs({
      groupId,
      topic,
      partition,
      position: position ?? "committed",
      earliest: range?.low ?? "unknown",
      end: range?.high ?? "unknown"
    })
  )
})
