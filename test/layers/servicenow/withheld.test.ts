import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect } from "effect"

import { CorrelationId } from "../../../src/domain/record/Origin.ts"
import type { ServiceNowError } from "../../../src/programs/vendor/ServiceNowError.ts"
import { CurrentLease, unquestioned } from "../../../src/services/Ownership.ts"
import { json } from "../../support/HttpScripted.ts"
import { Operations } from "../../support/serviceNowOperations.ts"
import { inTime, refusal, rows, scripted } from "./serviceNowTest.ts"

const id = CorrelationId.make("j|c|1")
const theCase = { sys_id: "case-1", number: "CS1", u_id_correlacao: id }
const earlier = { ...theCase, sys_id: "case-0", u_id_correlacao: "j|c|0" }

const openCase = (inDoubt: boolean) =>
  Effect.flatMap(Operations, (serviceNow) =>
    serviceNow.openCase({
      id,
      body: {},
      intendedAt: 0,
      inDoubt,
      own: inDoubt,
      control: Effect.succeed({ field: "u_id_correlacao", value: earlier.u_id_correlacao }),
      renewIntent: Effect.void
    })
  )

const calls: ReadonlyArray<readonly [string, Effect.Effect<unknown, ServiceNowError, Operations>]> = [
  ["a Case", openCase(false)],
  ["a Case that may exist", openCase(true)],
  ["a note", Effect.flatMap(Operations, ({ updateCase }) => updateCase({ sysId: "case-1", body: {}, inDoubt: false }))],
  ["a read of a Case", Effect.flatMap(Operations, ({ readCase }) => readCase("c".repeat(32)))]
]

/** The proof of the lock is missing from `from` to `until`, as while the database is away. */
const unprovenBetween = (from: number, until: number, clock: Clock.Clock) => ({
  ...unquestioned,
  holds: () => clock.currentTimeMillisUnsafe() < from || clock.currentTimeMillisUnsafe() >= until
})

describe("a request that this process withholds, because it may have lost its lock", () => {
  for (const [what, call] of calls) {
    it.effect(`SPEC 9.2: ${what}: it is no attempt, so the attempts last longer than the database is away`, () =>
      Effect.gen(function* () {
        let refusals = 0
        const { layer, requests } = scripted(
          ({ method, url }) => {
            if (refusals++ === 0) return refusal(403)
            if (method !== "GET") return json(201, { result: theCase })
            return url.includes("?") && url.includes("query") ? rows(earlier) : json(200, { result: theCase })
          },
          { retry: { attempts: 2 } }
        )
        const lease = unprovenBetween(100, 100_000, yield* Clock.Clock)
        yield* inTime(Effect.provideService(call, CurrentLease, lease)).pipe(Effect.provide(layer))
        assert.isAbove(requests.length, 1)
        assert.isAtLeast(yield* Clock.currentTimeMillis, 100_000)
      })
    )
  }
})
