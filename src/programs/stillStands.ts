import { Effect, Schema } from "effect"

import { Json } from "../domain/Canal.ts"
import { insteadOf } from "../domain/events/takeover.ts"
import type { Write } from "../domain/events/Write.ts"
import { caseOf } from "../domain/State.ts"
import { ServiceNow } from "../services/ServiceNow.ts"
import { traced } from "../telemetry/traced.ts"
import { Communication } from "./Communication.ts"

/** People have changed the Case: `instead` is what is left to be written. */
export class TakenOver extends Schema.TaggedError<TakenOver>()("TakenOver", { instead: Json }) {
  override get message() {
    return "people have changed the Case"
  }
}

/** Reads the Case and fails with `TakenOver` when the write would run over people (SPEC 8.8, 8.9). */
export const stillStands = Effect.fnUntraced(function* (write: Write, body: Json) {
  const communication = yield* Communication
  const serviceNow = yield* ServiceNow
  const state = yield* communication.state
  const found = yield* serviceNow.readCase(caseOf(state)?.sysId ?? "")
  const instead = insteadOf(write, body, state, found)
  if (instead !== undefined) return yield* new TakenOver({ instead })
}, traced("stillStands"))
