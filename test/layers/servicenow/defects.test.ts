import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit } from "effect"

import { CorrelationId } from "../../../src/domain/record/Origin.ts"
import type { ServiceNowError } from "../../../src/programs/vendor/ServiceNowError.ts"
import { json } from "../../support/HttpScripted.ts"
import { Operations } from "../../support/serviceNowOperations.ts"
import { inTime, rows, scripted } from "./serviceNowTest.ts"

const id = CorrelationId.make("j|c|1")
const theCase = { sys_id: "case-1", number: "CS1", u_id_correlacao: id }

const earlier = { ...theCase, sys_id: "case-0", u_id_correlacao: "j|c|0" }

type Write = (inDoubt: boolean) => Effect.Effect<unknown, ServiceNowError, Operations>

const openCase: Write = (inDoubt) =>
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

const writeNote: Write = (inDoubt) =>
  Effect.flatMap(Operations, (serviceNow) =>
    serviceNow.updateCase({ sysId: "case-1", body: { work_notes: "note" }, inDoubt })
  )

/** The times of the writes. The first one dies of a defect after its request. */
const writtenAt = (write: Write) =>
  Effect.gen(function* () {
    let writes = 0
    const { layer, requests, times } = scripted(({ method, url }) => {
      if (method === "GET")
        return url.includes("case-1") ? json(200, { result: { sys_id: "case-1", work_notes: "" } }) : rows(earlier)
      return ++writes === 1 ? () => Effect.die(new Error("our own fault")) : json(201, { result: theCase })
    })
    yield* Effect.gen(function* () {
      assert.isTrue(Exit.hasDies(yield* Effect.exit(write(false))))
      yield* inTime(write(true))
    }).pipe(Effect.provide(layer))
    return times.filter((_, index) => requests[index]?.method !== "GET")
  })

describe("a write that dies of a defect after its request", () => {
  for (const [name, write] of Object.entries({ "a Case": openCase, "a note": writeNote })) {
    it.effect(
      `SPEC 4.3, 9.7: ${name} is looked for until SERVICENOW_TIMEOUT has passed, and only then written again`,
      () =>
        Effect.gen(function* () {
          assert.deepStrictEqual(yield* writtenAt(write), [0, 65_000])
        })
    )
  }
})
