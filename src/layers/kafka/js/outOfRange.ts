import { Effect } from "effect"

import { OUT_OF_RANGE } from "../outOfRange.ts"
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
  yield* Effect.logError(OUT_OF_RANGE).pipe(
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
