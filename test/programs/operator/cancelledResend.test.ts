import { assert, describe, it } from "@effect/vitest"
import { Effect, Scope } from "effect"
import { TestClock } from "effect/testing"

import type { FaultRule } from "../../../simulators/core/FaultRule.ts"
import type { Json } from "../../../src/domain/record/ChannelResult.ts"
import { event as decoded } from "../../domain/inbound/inbound.ts"
import { record } from "../../domain/outbound/records.ts"
import { actorsOf } from "../../support/actorsOf.ts"
import { decideIn } from "../../support/operator.ts"
import { asked, channels, fixtureId, preparedWorld } from "../../support/scene.ts"
import type { World } from "../../support/World.ts"
import { atEachBoundary, crashAt } from "../crash/crashAt.ts"
import { caseOf, event, reply } from "../inbound/scene.ts"

/** Weni accepted the message and never answered. An operator has decided to send it again, and no process runs. */
const resendWaits = Effect.fnUntraced(function* (...second: ReadonlyArray<FaultRule>) {
  const world = yield* preparedWorld()
  yield* world.weni.faults.add({ kind: "timeout", when: "after" })
  for (const fault of second) yield* world.weni.faults.add(fault)
  const process = yield* world.start
  yield* world.produce(record())
  yield* world.responded(1)
  yield* process.stop
  yield* TestClock.adjust("1 minute")
  yield* decideIn(world, "resend")
  return world
})

/** A process whose intake is quicker than its sweep: the event meets the communication first. */
const applied = Effect.fnUntraced(function* (world: World, value: Json) {
  const scope = yield* Scope.make()
  const actors = yield* actorsOf(world, scope)
  const origin = { topic: world.settings.topics.inbound, partition: 0, offset: 0 }
  assert.strictEqual(yield* actors.apply(fixtureId, { origin, index: 0, event: decoded(value) }), "applied")
  yield* Scope.close(scope, yield* Effect.exit(Effect.void))
})

const quiet = (world: World) =>
  world.until(
    Effect.sync(() => {
      const view = world.store.communications.get(fixtureId)?.view
      return view?.due === undefined && view?.status !== "working"
    })
  )

const attempts = (world: World) =>
  Effect.map(world.facts(fixtureId), (facts) =>
    facts.flatMap((fact) => (fact._tag === "DispatchIntended" ? [fact.attempt] : []))
  )

const settling: Readonly<Record<string, readonly [event: Json, notes: ReadonlyArray<string>]>> = {
  enviada: [event("enviada"), []],
  entregue: [event("entregue"), ["Mensagem entregue as 30/09/2025 12:31:02"]],
  lida: [event("lida"), ["Mensagem lida as 30/09/2025 12:31:02"]],
  retorno_sim: [reply("sim"), ["Confirmação recebida do cliente: SIM."]],
  falha_envio: [event("falha", { code: "1", message: "x" }), ["Falha no envio do WhatsApp: 1 x"]]
}

describe("an event that comes before an operator's resend is carried out", () => {
  for (const [evento, [value, notes]] of Object.entries(settling)) {
    it.effect(`SPEC 8.6: ${evento} cancels it, and one more response says how the doubt ended`, () =>
      Effect.gen(function* () {
        const world = yield* resendWaits()
        yield* applied(world, value)
        yield* world.start
        yield* quiet(world)
        yield* TestClock.adjust("2 minutes")
        assert.deepStrictEqual(yield* attempts(world), [1])
        assert.lengthOf(yield* world.weni.requests, 1)
        const status = evento === "falha_envio" ? "failure" : "success"
        const responses = (yield* world.responses).map((response) => [
          response.id_resposta,
          response.evento,
          channels(response).whatsapp?.status,
          channels(response).whatsapp?.response.resultado
        ])
        assert.deepStrictEqual(responses, [
          [`${fixtureId}#1`, "comunicacao", "failure", "desconhecido"],
          [`${fixtureId}#2`, evento, status, undefined],
          [`${fixtureId}#3`, "comunicacao", status, undefined]
        ])
        assert.deepStrictEqual((yield* caseOf(world)).notes, [
          "Envio do WhatsApp sem confirmação: 504 timeout",
          `WhatsApp confirmado pelo evento ${evento}`,
          ...notes
        ])
        assert.strictEqual((yield* Effect.flip(decideIn(world, "resend"))).reason, "NotInDoubt")
      })
    )
  }

  it.effect("SPEC 8.6: it cancels a resend whose attempt was refused, too: there is no other attempt", () =>
    Effect.gen(function* () {
      const world = yield* resendWaits({ kind: "status", status: 503, headers: { "retry-after": "60" } })
      const process = yield* world.start
      yield* asked(world, world.weni, 2)
      yield* TestClock.adjust("1 second")
      yield* process.kill
      yield* applied(world, event("entregue"))
      yield* world.start
      yield* quiet(world)
      yield* TestClock.adjust("2 minutes")
      assert.deepStrictEqual(yield* attempts(world), [1, 2])
      assert.lengthOf(yield* world.weni.requests, 2)
      assert.lengthOf(yield* world.weni.dispatches, 1)
      assert.deepStrictEqual((yield* caseOf(world)).notes, [
        "Envio do WhatsApp sem confirmação: 504 timeout",
        "WhatsApp confirmado pelo evento entregue",
        "Mensagem entregue as 30/09/2025 12:31:02"
      ])
    })
  )

  it.effect("SPEC 8.6, 5.3: an attempt that has an intent is in doubt first, then settled by the event", () =>
    Effect.gen(function* () {
      const world = yield* resendWaits({ kind: "timeout", when: "before" })
      const process = yield* world.start
      yield* asked(world, world.weni, 2)
      yield* process.kill
      yield* applied(world, event("entregue"))
      yield* world.start
      yield* quiet(world)
      assert.deepStrictEqual(yield* attempts(world), [1, 2])
      const { notes } = yield* caseOf(world)
      assert.deepStrictEqual(notes.slice(1), [
        "Envio do WhatsApp sem confirmação: 502 resultado desconhecido",
        "WhatsApp confirmado pelo evento entregue",
        "Mensagem entregue as 30/09/2025 12:31:02"
      ])
    })
  )

  it.effect("SPEC 9.3, 8.6: a crash at any boundary: no attempt after the event, each note and response once", () =>
    Effect.gen(function* () {
      const run = Effect.fnUntraced(function* (death: number) {
        const world = yield* resendWaits()
        yield* world.answer(event("entregue"), { partition: 0 })
        const { around, count, crashed } = crashAt(death)
        const isOver = Effect.map(world.inboundCommitted, ([offset]) => {
          const view = world.store.communications.get(fixtureId)?.view
          return offset === 1 && view?.due === undefined && view?.status !== "working"
        })
        const process = yield* world.startWith(around)
        yield* world.until(
          Effect.map(Effect.all([crashed, isOver]), (either) => either.includes(true)),
          250
        )
        yield* process.kill
        yield* world.start
        yield* world.until(isOver, 250)
        const where = `death at ${death}`
        const tags = (yield* world.facts(fixtureId)).map(({ _tag }) => _tag)
        assert.isBelow(tags.lastIndexOf("DispatchIntended"), tags.indexOf("EventPlanned"), where)
        const { notes } = yield* caseOf(world)
        assert.strictEqual(new Set(notes).size, notes.length, where)
        assert.strictEqual(notes.at(-1), "Mensagem entregue as 30/09/2025 12:31:02", where)
        const last = (yield* world.responses).findLast(({ evento }) => evento === "comunicacao")
        assert.strictEqual(last?.response_status, "success", where)
        return count()
      })
      yield* atEachBoundary(run, 5)
    })
  )
})
