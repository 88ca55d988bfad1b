import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect } from "effect"

import { CorrelationId } from "../../../src/domain/record/Origin.ts"
import { ConnectionLost, Timeout } from "../../../src/domain/vendor/failureReasons.ts"
import type { ServiceNowError } from "../../../src/programs/vendor/ServiceNowError.ts"
import { HttpError, type HttpAnswer } from "../../../src/services/Http.ts"
import { CurrentLease, unquestioned } from "../../../src/services/Ownership.ts"
import { json } from "../../support/HttpScripted.ts"
import { Operations } from "../../support/serviceNowOperations.ts"
import { settableClock } from "../../support/settableClock.ts"
import { inTime, rows, scripted } from "./serviceNowTest.ts"

const id = CorrelationId.make("j|c|1")
const note = "WhatsApp enviado com sucesso 30/09/2025 12:30:02"
const keys = { email: "ana@example.com" }
const consumer = { sys_id: "consumer-1", email: keys.email }
const control = { field: "u_id_correlacao", value: "j|c|2" }
const theCase = { sys_id: "case-1", number: "CS1", u_id_correlacao: id }
const notes = (text: string) => json(200, { result: { sys_id: "case-1", work_notes: text } })

interface Write {
  readonly method: "POST" | "PATCH"
  readonly missing: HttpAnswer
  readonly there: HttpAnswer
  readonly done: HttpAnswer
  readonly run: (inDoubt: boolean) => Effect.Effect<unknown, ServiceNowError, Operations>
}

const writes: Readonly<Record<string, Write>> = {
  Case: {
    method: "POST",
    missing: rows({ ...theCase, u_id_correlacao: control.value }),
    there: rows(theCase),
    done: json(201, { result: theCase }),
    run: (inDoubt) =>
      Effect.gen(function* () {
        const serviceNow = yield* Operations
        const intendedAt = yield* Clock.currentTimeMillis
        yield* serviceNow.openCase({
          id,
          body: {},
          intendedAt,
          inDoubt,
          control: Effect.succeed(control),
          renewIntent: Effect.void
        })
      })
  },
  note: {
    method: "PATCH",
    missing: notes(""),
    there: notes(note),
    done: notes(""),
    run: (inDoubt) =>
      Effect.gen(function* () {
        const serviceNow = yield* Operations
        const intendedAt = yield* Clock.currentTimeMillis
        yield* serviceNow.updateCase({
          sysId: "case-1",
          body: { work_notes: note },
          inDoubt,
          ...(inDoubt && { intendedAt })
        })
      })
  },
  customer: {
    method: "POST",
    missing: rows(),
    there: rows(consumer),
    done: json(201, { result: consumer }),
    run: (inDoubt) =>
      Effect.flatMap(Operations, (serviceNow) =>
        serviceNow.createConsumer({
          consumer: keys,
          keys,
          beforePost: Effect.void,
          ...(inDoubt && { inDoubtSince: 0 })
        })
      )
  }
}

const lost = Effect.fail(new HttpError({ reason: new ConnectionLost({ detail: "ECONNRESET" }) }))
const timedOut = Effect.fail(new HttpError({ reason: new Timeout({ after: Duration.seconds(65) }) }))

/** The times at which the write was sent. What the first one wrote appears at `appearsAt`. */
const sentAt = Effect.fnUntraced(function* (
  write: Write,
  options: {
    readonly first?: Effect.Effect<HttpAnswer, HttpError>
    readonly appearsAt?: number
    readonly jump?: number
    readonly inDoubt?: boolean
  }
) {
  const { first = lost, appearsAt = Infinity, inDoubt = false, jump = 0 } = options
  const testClock = yield* Clock.Clock
  const { clock, jump: setWall } = yield* settableClock
  const begun = testClock.currentTimeMillisUnsafe()
  const sent: Array<number> = []
  const { layer } = scripted((request) => () => {
    const at = testClock.currentTimeMillisUnsafe() - begun
    if (request.method !== write.method) return Effect.succeed(at >= appearsAt ? write.there : write.missing)
    sent.push(at)
    return inDoubt || sent.length > 1 ? Effect.succeed(write.done) : first
  })
  const settingWall = Effect.sync(() => setWall(jump))
  yield* Effect.forkChild(Effect.andThen(Effect.sleep("10 seconds"), settingWall))
  yield* inTime(write.run(inDoubt).pipe(Effect.provide(layer), Effect.provideService(Clock.Clock, clock)))
  return sent
})

for (const [name, write] of Object.entries(writes)) {
  describe(`a ${name} that may appear late`, () => {
    it.effect("SPEC 4.3, 6.2: connecting took 9 s, and the instance 58 s from the first byte: written once", () =>
      Effect.gen(function* () {
        const sent = yield* sentAt(write, { first: Effect.delay(lost, "9 seconds"), appearsAt: 9000 + 58_000 })
        assert.deepStrictEqual(sent, [0])
      })
    )

    it.effect("SPEC 4.3, 6.2: the network held it until the time-out, and the instance took 58 s: written once", () =>
      Effect.gen(function* () {
        const sent = yield* sentAt(write, { first: Effect.delay(timedOut, "65 seconds"), appearsAt: 64_000 + 58_000 })
        assert.deepStrictEqual(sent, [0])
      })
    )

    for (const [what, jump] of [
      ["forward by 20 minutes", 20 * 60_000],
      ["back by two hours", -2 * 3_600_000]
    ] as const) {
      it.effect(`SPEC 4.3, 6.2: the wall clock is set ${what} meanwhile: SERVICENOW_TIMEOUT is as long as ever`, () =>
        Effect.gen(function* () {
          assert.deepStrictEqual(yield* sentAt(write, { jump, appearsAt: 60_000 }), [0])
          const [, again = 0] = yield* sentAt(write, { jump })
          assert.isAtLeast(again, 65_000)
          assert.isAtMost(again, 66_000)
        })
      )

      it.effect(`SPEC 4.3, DESIGN Ownership: so is the look for another process's, set ${what}`, () =>
        Effect.gen(function* () {
          const lease = { ...unquestioned, validFrom: 6000 }
          const [at = 0, ...others] = yield* Effect.provideService(
            sentAt(write, { jump, inDoubt: true }),
            CurrentLease,
            lease
          )
          assert.deepStrictEqual(others, [])
          // A customer's look knows when the last byte had left.
          const lastByte = name === "customer" ? 0 : 6000 + 105_000
          assert.isAtLeast(at, lastByte + 65_000)
          assert.isAtMost(at, lastByte + 66_000)
        })
      )
    }
  })
}
