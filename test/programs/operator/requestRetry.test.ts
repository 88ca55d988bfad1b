import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"

import type { FaultRule } from "../../../simulators/core/FaultRule.ts"
import type { Json } from "../../../src/domain/record/ChannelResult.ts"
import { record } from "../../domain/outbound/records.ts"
import { defaultJourneys } from "../../support/defaultJourneys.ts"
import { decideIn, retryIn } from "../../support/operator.ts"
import { asked, bodyOf, channels, fixtureId, journeysWith, preparedWorld, writes } from "../../support/scene.ts"
import type { World, WorldOptions } from "../../support/World.ts"
import { atEachBoundary, crashAt } from "../crash/crashAt.ts"
import { caseOf, event, reply, told } from "../inbound/scene.ts"

const casePost = { method: "POST", path: "/api/now/table/sn_customerservice_case" }
const dispatch = { method: "POST", path: "/v1/campaigns" }

/** Looks for a Case show nothing. */
const blind = {
  kind: "status",
  status: 200,
  body: { result: [] },
  times: -1,
  match: { method: "GET", path: "/api/now/table/sn_customerservice_case" }
} satisfies FaultRule

interface Failing extends WorldOptions {
  readonly serviceNow?: FaultRule | ReadonlyArray<FaultRule>
  readonly weni?: FaultRule
}

/** The order has ended, and something of it has failed. */
const failedWorld = Effect.fnUntraced(function* ({ serviceNow, weni, ...options }: Failing) {
  const world = yield* preparedWorld({ earlierCase: true, ...options })
  for (const fault of [serviceNow ?? []].flat()) yield* world.serviceNow.faults.add(fault)
  if (weni) yield* world.weni.faults.add(weni)
  const process = yield* world.start
  yield* world.produce(record())
  yield* world.responded(1)
  return { ...world, process }
})

const acceptedOf = (world: World) => Effect.map(world.weni.accepted, (all) => all.get(fixtureId) ?? 0)

const refusalOf = (world: World) => Effect.map(Effect.flip(retryIn(world)), ({ reason }) => reason)

describe("an operator's retry of what surely failed", () => {
  it.effect("SPEC 10.1: a Case that was refused is opened, the message sent, and one more response published", () =>
    Effect.gen(function* () {
      const world = yield* failedWorld({ serviceNow: { kind: "status", status: 400, match: casePost } })
      const [first] = yield* world.responses
      assert.strictEqual(channels(first).whatsapp?.response.erro?.codigo, "CASE_NAO_ABERTO")
      yield* retryIn(world, { by: "ana", reason: "campo criado" })
      const [, second] = yield* world.responded(2)
      assert.strictEqual(second?.response_status, "success")
      assert.strictEqual(second?.id_resposta, `${fixtureId}#2`)
      assert.strictEqual(yield* acceptedOf(world), 1)
      assert.lengthOf(yield* world.serviceNow.cases, 1)
      const { notes } = yield* caseOf(world)
      assert.lengthOf(notes, 1)
      yield* world.produce(record(), { partition: 1 })
      const repeat = (yield* world.responded(3)).at(-1)
      assert.deepInclude(repeat, { id_resposta: `${fixtureId}#2`, duplicado: true })
    })
  )

  it.effect("SPEC 10.1: the Case has the texts of the journeys file as it is now", () =>
    Effect.gen(function* () {
      const world = yield* failedWorld({ serviceNow: { kind: "status", status: 400, match: casePost } })
      yield* world.process.stop
      const journeys = defaultJourneys.replace("Confirmação de entrega do pedido", "Entrega do pedido")
      yield* world.startWithJourneys(journeys)
      yield* retryIn(world, { journeys })
      yield* world.responded(2)
      assert.match(String((yield* caseOf(world)).fields.short_description), /^Entrega do pedido/)
    })
  )

  it.effect("SPEC 10.1: a dispatch that was refused is made once more, noted, and reported", () =>
    Effect.gen(function* () {
      const world = yield* failedWorld({ weni: { kind: "status", status: 400, match: dispatch } })
      yield* retryIn(world)
      const [, second] = yield* world.responded(2)
      assert.strictEqual(second?.response_status, "success")
      assert.strictEqual(yield* acceptedOf(world), 1)
      const { notes } = yield* caseOf(world)
      assert.deepStrictEqual(
        notes.map((note) => note.slice(0, 23)),
        ["Falha no envio do Whats", "WhatsApp enviado com su"]
      )
    })
  )

  it.effect("SPEC 10.1, 4.6: it has its own RETRY_ATTEMPTS, and may fail again and be requested again", () =>
    Effect.gen(function* () {
      const world = yield* failedWorld({ weni: { kind: "status", status: 503, match: dispatch, times: 14 } })
      yield* retryIn(world)
      const [, second] = yield* world.responded(2)
      assert.strictEqual(channels(second).whatsapp?.response.status, 503)
      assert.lengthOf(yield* world.weni.requests, 10)
      yield* retryIn(world)
      yield* world.responded(3)
      assert.lengthOf(yield* world.weni.requests, 15)
      assert.strictEqual(yield* acceptedOf(world), 1)
    })
  )

  it.effect("SPEC 10.1, 6.2: a note that failed is written once, even if the instance had written it", () =>
    Effect.gen(function* () {
      for (const when of ["before", "after"] as const) {
        const world = yield* failedWorld({
          serviceNow: { kind: "status", status: 400, when, match: { method: "PATCH" } }
        })
        const [first] = yield* world.responses
        assert.strictEqual(channels(first).itsm?.status, "partial_success")
        yield* retryIn(world)
        const [, second] = yield* world.responded(2)
        assert.strictEqual(second?.response_status, "success", when)
        assert.lengthOf((yield* caseOf(world)).notes, 1, when)
        assert.strictEqual(yield* acceptedOf(world), 1)
      }
    }).pipe(Effect.scoped)
  )

  it.effect(
    "SPEC 10.1: the note of an event that failed for good is written, and reported in a response of the event",
    () =>
      Effect.gen(function* () {
        const world = yield* failedWorld({})
        yield* world.serviceNow.faults.add({ kind: "status", status: 400, match: { method: "PATCH" } })
        const [failed] = yield* told(world, reply("que horas?"))
        assert.strictEqual(failed?.response_status, "partial_success")
        yield* retryIn(world)
        const responses = yield* world.responded(4)
        const last = responses.findLast(({ evento }) => evento === "retorno_outro")
        assert.strictEqual(last?.response_status, "success")
        assert.notStrictEqual(last?.id_resposta, failed?.id_resposta)
        const { notes } = yield* caseOf(world)
        assert.deepStrictEqual(notes.slice(1), ["Resposta do cliente não reconhecida: que horas?"])
      })
  )

  it.effect("SPEC 10.1: while it waits for a vendor, a repeat gets the response before it", () =>
    Effect.gen(function* () {
      const world = yield* failedWorld({
        alone: true,
        settings: { breaker: { failures: 1, reset: 3_600_000 } },
        weni: { kind: "status", status: 400, match: dispatch }
      })
      yield* world.weni.faults.add({ kind: "status", status: 503, times: -1 })
      yield* retryIn(world)
      yield* world.until(Effect.map(world.facts(fixtureId), (facts) => facts.some(({ _tag }) => _tag === "Held")))
      assert.strictEqual(yield* refusalOf(world), "UnderWay")
      yield* world.produce(record(), { partition: 1 })
      const repeat = (yield* world.responded(2)).at(-1)
      assert.deepInclude(repeat, { id_resposta: `${fixtureId}#1`, duplicado: true })
      yield* world.weni.faults.clear
      yield* TestClock.adjust("2 hours")
      yield* world.responded(3)
      assert.strictEqual(yield* acceptedOf(world), 1)
    })
  )

  it.effect("SPEC 10.3: an operation acts once, however often it is repeated", () =>
    Effect.gen(function* () {
      const world = yield* failedWorld({ weni: { kind: "status", status: 400, match: dispatch, times: 2 } })
      yield* retryIn(world, { operation: "one" })
      yield* world.responded(2)
      yield* retryIn(world, { operation: "one" })
      yield* TestClock.adjust("1 minute")
      assert.lengthOf(yield* world.weni.requests, 2)
    })
  )
})

describe("an operator's retry that is refused", () => {
  const refused = (name: string, options: Failing, reason: string) =>
    it.effect(`SPEC 10.1: ${name}`, () =>
      Effect.gen(function* () {
        const world = yield* failedWorld(options)
        const before = (yield* world.facts(fixtureId)).length
        const requests = (yield* world.weni.requests).length
        assert.strictEqual(yield* refusalOf(world), reason)
        yield* TestClock.adjust("10 minutes")
        assert.lengthOf(yield* world.facts(fixtureId), before)
        assert.lengthOf(yield* world.weni.requests, requests)
      })
    )

  refused("nothing has failed", {}, "Sent")
  refused("the dispatch is in doubt", { weni: { kind: "timeout" } }, "InDoubt")

  it.effect("SPEC 10.1: an event says that the customer has the message", () =>
    Effect.gen(function* () {
      const world = yield* failedWorld({ weni: { kind: "status", status: 400, match: dispatch } })
      yield* told(world, event("entregue"))
      assert.strictEqual(yield* refusalOf(world), "Sent")
    })
  )

  it.effect("SPEC 10.1, 5.3: an operator's not_sent is not an answer of Weni", () =>
    Effect.gen(function* () {
      const world = yield* failedWorld({ weni: { kind: "timeout", when: "after" } })
      yield* decideIn(world, "not_sent")
      yield* world.responded(2)
      assert.strictEqual(yield* refusalOf(world), "InDoubt")
      assert.strictEqual(yield* acceptedOf(world), 1)
    })
  )

  it.effect("SPEC 10.1, 2.5: the order is older than its journey allows", () =>
    Effect.gen(function* () {
      const world = yield* failedWorld({ weni: { kind: "status", status: 400, match: dispatch } })
      yield* TestClock.adjust("1 hour")
      const journeys = journeysWith({ expiresAfter: "30 minutes" })
      const error = yield* Effect.flip(retryIn(world, { journeys }))
      assert.strictEqual(error.reason, "Expired")
      assert.match(error.message, /EXPIRADA/)
    })
  )

  it.effect("SPEC 10.1: nobody knows the communication, or its journey is gone", () =>
    Effect.gen(function* () {
      const world = yield* failedWorld({ weni: { kind: "status", status: 400, match: dispatch } })
      assert.strictEqual((yield* Effect.flip(retryIn(world, { id: "nobody" }))).reason, "Unknown")
      const journeys = defaultJourneys.replace("  pedido_entregue_amanha:", "  outra:")
      assert.strictEqual((yield* Effect.flip(retryIn(world, { journeys }))).reason, "NoJourney")
    })
  )

  it.effect("SPEC 8.6, 10.1: an event that comes before the attempt cancels it", () =>
    Effect.gen(function* () {
      const world = yield* failedWorld({ weni: { kind: "status", status: 400, match: dispatch } })
      yield* world.process.stop
      yield* retryIn(world)
      yield* world.answer(event("entregue"), { partition: 0 })
      yield* world.start
      yield* world.responded(3)
      yield* TestClock.adjust("10 minutes")
      assert.lengthOf(yield* world.weni.requests, 1)
      // The event has its own note. The failure that the retry did not change is on the Case already.
      assert.deepStrictEqual((yield* caseOf(world)).notes, [
        "Falha no envio do WhatsApp: 400 error 400",
        "Mensagem entregue as 30/09/2025 12:31:02"
      ])
    })
  )

  it.effect(
    "SPEC 8.6, 10.1: an event that comes after a refusal of the retry cancels it, and no note is repeated",
    () =>
      Effect.gen(function* () {
        const world = yield* failedWorld({ weni: { kind: "status", status: 400, match: dispatch } })
        yield* world.weni.faults.add({
          kind: "status",
          status: 503,
          headers: { "retry-after": "600" },
          match: dispatch
        })
        yield* retryIn(world)
        yield* asked(world, world.weni, 2)
        yield* TestClock.adjust("1 second")
        yield* world.answer(event("entregue"), { partition: 0 })
        yield* world.responded(3)
        yield* TestClock.adjust("1 hour")
        assert.lengthOf(yield* world.weni.requests, 2)
        assert.deepStrictEqual((yield* caseOf(world)).notes, [
          "Falha no envio do WhatsApp: 400 error 400",
          "Mensagem entregue as 30/09/2025 12:31:02"
        ])
      })
  )
})

describe("a Case that ended INDETERMINADO", () => {
  /** The POST was lost after its effect, or before, and looks show nothing. */
  const blindWorld = Effect.fnUntraced(function* (when: "after" | "before", options: WorldOptions = {}) {
    const world = yield* preparedWorld({ earlierCase: true, ...options })
    const process = yield* world.start
    yield* world.serviceNow.faults.add({ kind: "drop", when, match: casePost })
    yield* world.serviceNow.faults.add(blind)
    yield* world.produce(record())
    const [first] = yield* world.responded(1)
    assert.strictEqual(channels(first).itsm?.response.erro?.codigo, "INDETERMINADO")
    return { ...world, process }
  })

  it.effect("SPEC 10.1, 4.3: a blind look is refused, and changes nothing", () =>
    Effect.gen(function* () {
      const world = yield* blindWorld("after")
      assert.strictEqual(yield* refusalOf(world), "Blind")
      yield* TestClock.adjust("10 minutes")
      assert.lengthOf(yield* world.responses, 1)
      assert.lengthOf(yield* world.serviceNow.cases, 1)
    })
  )

  for (const when of ["after", "before"] as const) {
    it.effect(`SPEC 10.1, 4.3: a proven look decides; the POST was lost ${when} its effect`, () =>
      Effect.gen(function* () {
        const world = yield* blindWorld(when)
        yield* world.serviceNow.faults.clear
        yield* retryIn(world)
        const [, second] = yield* world.responded(2)
        assert.strictEqual(second?.response_status, "success")
        assert.strictEqual(channels(second).itsm?.response.status, when === "after" ? 200 : 201)
        assert.lengthOf(yield* world.serviceNow.cases, 1)
        assert.strictEqual(yield* acceptedOf(world), 1)
        const posts = (yield* writes(world.serviceNow)).filter(({ method }) => method === "POST")
        assert.lengthOf(posts, when === "after" ? 1 : 2)
      })
    )
  }

  it.effect("SPEC 10.1: a Case that is opened again after a look has the texts of the journeys file as it is now", () =>
    Effect.gen(function* () {
      const world = yield* blindWorld("before")
      yield* world.process.stop
      yield* world.serviceNow.faults.clear
      const journeys = defaultJourneys.replace("Confirmação de entrega do pedido", "Entrega do pedido")
      yield* world.startWithJourneys(journeys)
      yield* retryIn(world, { journeys })
      yield* world.responded(2)
      const posts = (yield* writes(world.serviceNow)).filter(({ method }) => method === "POST")
      assert.match(String(bodyOf(posts.at(-1)).short_description), /^Entrega do pedido/)
      assert.lengthOf(yield* world.serviceNow.cases, 1)
    })
  )
})

describe("what customers said while there was no Case", () => {
  const journeys = journeysWith({ sendWithoutCase: true })

  /** The message was sent without a Case. */
  const caseless = (text: string) =>
    failedWorld({ journeys: text, serviceNow: { kind: "status", status: 400, match: casePost } })
  const caselessWorld = caseless(journeys)

  const retried = Effect.fnUntraced(function* (world: World, count: number, text = journeys) {
    yield* retryIn(world, { journeys: text })
    return yield* world.responded(count)
  })

  it.effect("SPEC 10.1, 8.5: delivery and a SIM are written on it, and the Case is closed", () =>
    Effect.gen(function* () {
      const world = yield* caselessWorld
      yield* told(world, event("entregue"), event("lida", { timestamp: "2025-09-30T15:35:00Z" }), reply("sim"))
      // Two events have something to write: the reading, and the SIM.
      const responses = yield* retried(world, 4 + 1 + 2)
      const theCase = yield* caseOf(world)
      assert.strictEqual(theCase.fields.state, "6")
      assert.match(theCase.notes[0] ?? "", /^WhatsApp enviado com sucesso/)
      assert.deepStrictEqual(theCase.notes.slice(1), [
        "Mensagem entregue as 30/09/2025 12:31:02 e lida as 30/09/2025 12:35:00",
        "Confirmação recebida do cliente: SIM."
      ])
      const yes = responses.filter(({ evento }) => evento === "retorno_sim")
      assert.lengthOf(yes, 2)
      assert.strictEqual(channels(yes[1]).itsm?.status, "success")
      assert.strictEqual(yield* acceptedOf(world), 1)
    })
  )

  it.effect("SPEC 10.1, 8.9: a SIM and a later NÃO leave the Case with people", () =>
    Effect.gen(function* () {
      const world = yield* caselessWorld
      yield* told(world, reply("sim"), reply("não", { timestamp: "2025-09-30T15:45:00Z" }))
      yield* retried(world, 3 + 1 + 2)
      const theCase = yield* caseOf(world)
      assert.strictEqual(theCase.fields.state, "10")
      assert.strictEqual(theCase.fields.priority, "2")
      assert.deepStrictEqual(theCase.notes.slice(1), [
        "Confirmação recebida do cliente: SIM.",
        "Cliente respondeu NÃO. Encaminhado para atendimento humano para remarcar a entrega."
      ])
    })
  )

  it.effect("SPEC 10.1, 8.8: a SIM outside of business hours closes it when the desk opens", () =>
    Effect.gen(function* () {
      const opening = journeys.replace('from: "08:00"', 'from: "13:00"')
      const world = yield* caseless(opening)
      yield* told(world, reply("sim"))
      yield* retried(world, 2 + 1 + 1, opening)
      const { fields, notes } = yield* caseOf(world)
      assert.strictEqual(fields.state, "10")
      assert.match(notes[1] ?? "", /Fechamento agendado para 30\/09\/2025 13:00\.$/)
      yield* world.responded(5)
      assert.strictEqual((yield* caseOf(world)).fields.state, "6")
      assert.strictEqual((yield* world.responses).at(-1)?.evento, "fechamento")
    })
  )

  it.effect(
    "SPEC 10.1: an event that comes while the Case is opened once more waits for nothing, and is written after",
    () =>
      Effect.gen(function* () {
        const world = yield* caselessWorld
        yield* world.process.stop
        yield* retryIn(world, { journeys })
        yield* world.answer(reply("não"), { partition: 0 })
        yield* world.startWithJourneys(journeys)
        yield* world.until(Effect.map(world.serviceNow.cases, ({ length }) => length === 1))
        yield* world.until(Effect.map(caseOf(world), ({ fields }) => fields.priority === "2"))
        assert.lengthOf((yield* caseOf(world)).notes, 2)
      })
  )
})

describe("a crash in a retry, at every boundary", () => {
  interface Crashing extends Failing {
    readonly said?: ReadonlyArray<Json>
    readonly notes: number
    readonly responses: number
  }

  const refusedCase = { kind: "status", status: 400, match: casePost } satisfies FaultRule
  const scenarios: Readonly<Record<string, Crashing>> = {
    "of a Case that was refused": { serviceNow: refusedCase, notes: 1, responses: 2 },
    "of a Case whose POST was lost": {
      serviceNow: [{ kind: "drop", when: "after", match: casePost }, blind],
      notes: 1,
      responses: 2
    },
    "of a dispatch that was refused": {
      weni: { kind: "status", status: 400, match: dispatch },
      notes: 2,
      responses: 2
    },
    "of a note that was refused": {
      serviceNow: { kind: "status", status: 400, when: "after", match: { method: "PATCH" } },
      notes: 1,
      responses: 2
    },
    "of a Case whose customer has answered": {
      journeys: journeysWith({ sendWithoutCase: true }),
      serviceNow: refusedCase,
      said: [event("entregue"), reply("não")],
      notes: 3,
      responses: 6
    }
  }

  const run = Effect.fnUntraced(function* ({ notes, responses, said = [], ...options }: Crashing, death: number) {
    const world = yield* failedWorld(options)
    yield* told(world, ...said)
    yield* world.process.stop
    yield* world.serviceNow.faults.clear
    const journeys = options.journeys ?? defaultJourneys
    yield* retryIn(world, { journeys })
    const { around, count, crashed } = crashAt(death)
    const process = yield* world.startWith(around, journeys)
    const done = Effect.sync(() => {
      const view = world.store.communications.get(fixtureId)?.view
      return view?.status !== "working" && view?.due === undefined && view?.held === undefined
    })
    yield* world.until(
      Effect.map(Effect.all([crashed, done]), ([dead, over]) => dead || over),
      250
    )
    yield* process.kill
    yield* world.startWithJourneys(journeys)
    yield* world.until(done, 250)
    const where = `death at ${death}`
    assert.isAtMost(yield* acceptedOf(world), 1, where)
    assert.lengthOf(yield* world.serviceNow.cases, 1, where)
    assert.lengthOf((yield* caseOf(world)).notes, notes, where)
    const ids = new Set((yield* world.responses).map(({ id_resposta }) => id_resposta))
    assert.strictEqual(ids.size, responses, where)
    return count()
  })

  for (const [name, scenario] of Object.entries(scenarios)) {
    it.effect(`SPEC 9.3, 10.1: ${name}`, () =>
      Effect.gen(function* () {
        yield* atEachBoundary((death) => run(scenario, death), 5)
      })
    )
  }
})
