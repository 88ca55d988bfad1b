import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect } from "effect"
import { TestClock } from "effect/testing"

import { record } from "../../domain/outbound/records.ts"
import { channels, endings, fixtureId, journeysWith, preparedWorld, runningWorld } from "../../support/scene.ts"
import type { World } from "../../support/World.ts"
import { event, reply } from "../inbound/scene.ts"

const minute = 60_000
const away = { kind: "status", status: 503, times: -1 } as const

const order = (number: number, changes: Record<string, unknown> = {}) =>
  record({ id_correlacao: `order-${number}`, ...changes })

const numbers = (from: number, count: number) => Array.from({ length: count }, (_, at) => from + at)

const produceMany = (world: World, from: number, count: number, changes?: Record<string, unknown>) =>
  Effect.forEach(numbers(from, count), (number) => world.produce(order(number, changes)), { discard: true })

/** Moves the clock by that much. */
const pass = (world: World, millis: number) =>
  Effect.suspend(() => {
    let left = millis / 500
    return world.until(
      Effect.sync(() => left-- <= 0),
      500
    )
  })

/** Some minutes pass, and then a night and a day without any process. */
const aDayLater = Effect.fnUntraced(function* (world: Effect.Success<ReturnType<typeof runningWorld>>) {
  yield* pass(world, 5 * minute)
  yield* world.process.stop
  yield* TestClock.setTime((yield* Clock.currentTimeMillis) + 26 * 60 * minute)
  yield* world.start
  yield* pass(world, 2 * minute)
})

const statuses = (world: World) =>
  Effect.map(world.responses, (all) => [...new Set(all.map((it) => it.response_status))])

/** An event of the order with this number. */
const eventOf = (number: number, evento: string, id: string) =>
  event(evento, { message_id: id, context: { id_contexto: `order-${number}` } })

describe("an outage uses up nothing", () => {
  it.effect("SPEC 9.2: ServiceNow is away for 17 minutes: of 60 orders in progress none fails", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld({ alone: true })
      yield* produceMany(world, 0, 30)
      yield* world.responded(30)
      yield* produceMany(world, 30, 60)
      yield* world.serviceNow.faults.add(away)
      yield* pass(world, 17 * minute)
      assert.lengthOf(yield* world.responses, 30)
      yield* world.serviceNow.faults.clear
      yield* world.responded(90)
      assert.deepStrictEqual(yield* statuses(world), ["success"])
      assert.lengthOf(yield* world.serviceNow.cases, 90)
      assert.lengthOf(yield* world.weni.dispatches, 90)
    })
  )

  it.effect("SPEC 9.2: a single order whose attempts are used up while ServiceNow answers nobody waits", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld({ alone: true })
      yield* world.serviceNow.faults.add(away)
      yield* world.produce(order(1))
      yield* pass(world, 10 * minute)
      assert.lengthOf(yield* world.responses, 0)
      yield* world.serviceNow.faults.clear
      const [response] = yield* world.responded(1)
      assert.strictEqual(response?.response_status, "success")
      assert.lengthOf(yield* world.serviceNow.cases, 1)
    })
  )

  it.effect("SPEC 9.2: once ServiceNow answers others, such an order has as many attempts again, then it fails", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld({ alone: true, settings: { retry: { attempts: 3 } } })
      yield* world.serviceNow.faults.add({ ...away, match: { method: "POST", contains: '"order-1"' } })
      yield* world.produce(order(1))
      yield* pass(world, 2000)
      yield* produceMany(world, 2, 5)
      const responses = yield* world.responded(6)
      const failed = responses.find((one) => one.id_correlacao === "order-1")
      assert.deepInclude(channels(failed).itsm?.response.erro, { codigo: "HTTP_503" })
      assert.notMatch(channels(failed).itsm?.response.erro?.detalhe ?? "", /não chamado/)
      assert.lengthOf(yield* world.serviceNow.cases, 5)
    })
  )

  it.effect("SPEC 9.2: Weni refuses our credentials: of 40 orders none fails, and each is sent once afterwards", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld({ alone: true })
      yield* world.weni.faults.add({ kind: "status", status: 401, times: -1 })
      yield* produceMany(world, 0, 40)
      yield* pass(world, 10 * minute)
      assert.lengthOf(yield* world.responses, 0)
      assert.lengthOf(yield* world.serviceNow.cases, 40)
      yield* world.weni.faults.clear
      yield* world.responded(40)
      assert.deepStrictEqual(yield* statuses(world), ["success"])
      assert.deepStrictEqual(new Set((yield* world.weni.accepted).values()), new Set([1]))
    })
  )

  it.effect("SPEC 4.6, 9.2: a message that Weni refuses again after its outage waits between its attempts", () =>
    Effect.gen(function* () {
      const retry = { attempts: 4, baseDelay: 2000 }
      const world = yield* runningWorld({ alone: true, settings: { breaker: { failures: 2 }, retry } })
      yield* world.weni.faults.add(away)
      yield* world.produce(order(1))
      yield* pass(world, 2 * minute)
      yield* world.weni.faults.clear
      yield* world.weni.faults.add({ ...away, match: { id: "order-1" } })
      for (const number of numbers(2, 10)) {
        yield* world.produce(order(number))
        yield* pass(world, 5000)
      }
      yield* world.responded(11)
      const intents = (yield* world.facts("order-1")).filter(({ _tag }) => _tag === "DispatchIntended")
      const [before, last] = intents.slice(-2).map(({ at }) => at)
      assert.isAtLeast((last ?? 0) - (before ?? 0), 2000)
    })
  )

  it.effect("SPEC 9.2: an order that has not begun expires while its vendor is away", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld({
        alone: true,
        settings: { breaker: { failures: 1, reset: 10 * minute } },
        journeys: journeysWith({ expiresAfter: "5 minutes" })
      })
      yield* world.serviceNow.faults.add(away)
      yield* world.produce(order(1))
      yield* pass(world, minute)
      yield* world.produce(order(2))
      yield* pass(world, minute)
      assert.lengthOf(yield* world.facts("order-2"), 0)
      const responses = yield* world.responded(2)
      const second = responses.find((one) => one.id_correlacao === "order-2")
      assert.deepInclude(second, { response_status: "failure" })
      assert.lengthOf(yield* world.facts("order-2"), 0)
    })
  )
})

describe("an order that has not begun", () => {
  const breaker = { failures: 1, reset: 100 * minute, maxWait: 30 * minute }

  for (const [vendor, code, changes] of [
    ["serviceNow", "HTTP_503", {}],
    ["weni", "HTTP_503", { cod_canais: ["whatsapp"] }]
  ] as const) {
    it.effect(`SPEC 9.2: fails after BREAKER_MAX_WAIT while ${vendor} is away, and says that it was not called`, () =>
      Effect.gen(function* () {
        const world = yield* runningWorld({ alone: true, settings: { breaker } })
        yield* world[vendor].faults.add(away)
        yield* world.produce(order(1, changes))
        yield* pass(world, minute)
        yield* world.produce(order(2, changes))
        yield* pass(world, 29 * minute)
        const asked = (yield* world[vendor].requests).length
        assert.lengthOf(yield* world.facts("order-2"), 0)
        yield* pass(world, 2 * minute)
        const second = (yield* world.responses).find((one) => one.id_correlacao === "order-2")
        const { itsm, whatsapp } = channels(second)
        const erro = (itsm ?? whatsapp)?.response.erro
        assert.deepInclude(erro, { codigo: code, tentativas: 0 })
        assert.match(erro?.detalhe ?? "", /não chamado/)
        assert.lengthOf(yield* world[vendor].requests, asked)
        assert.isTrue((yield* world.committed).some((offset) => offset !== undefined && offset > 0))
      })
    )
  }
})

describe("waiting for a vendor holds no place", () => {
  const small = { maxInFlight: 4 }

  it.effect(
    "SPEC 9.2: more events than may be at work end their records while ServiceNow is away, with one response each",
    () =>
      Effect.gen(function* () {
        const world = yield* runningWorld({ alone: true, settings: { ...small, breaker: { failures: 1 } } })
        yield* produceMany(world, 0, 20)
        yield* world.responded(20)
        yield* world.serviceNow.faults.add(away)
        for (const number of numbers(0, 20)) yield* world.answer(eventOf(number, "entregue", `wamid.${number}`))
        yield* pass(world, 2 * minute)
        for (const number of numbers(0, 20)) yield* world.answer(eventOf(number, "lida", `wamid.${number}`))
        yield* pass(world, 2 * minute)
        assert.deepStrictEqual(
          (yield* world.inboundCommitted).reduce((sum: number, offset) => sum + (offset ?? 0), 0),
          40
        )
        assert.lengthOf(yield* world.responses, 20)
        yield* world.serviceNow.faults.clear
        const responses = yield* world.responded(60)
        yield* pass(world, 2 * minute)
        assert.lengthOf(yield* world.responses, 60)
        assert.deepStrictEqual(yield* statuses(world), ["success"])
        assert.lengthOf(
          responses.filter(({ evento }) => evento === "lida"),
          20
        )
        for (const { notes } of yield* world.serviceNow.cases)
          assert.deepStrictEqual(
            notes.slice(1).map((note) => note.split(" as ")[0]),
            ["Mensagem entregue", "Mensagem entregue"]
          )
      })
  )

  it.effect(
    "SPEC 9.2: Weni is away, and a NÃO is written at once, beside more waiting orders than may be at work",
    () =>
      Effect.gen(function* () {
        const world = yield* runningWorld({ alone: true, settings: { ...small, breaker: { failures: 1 } } })
        yield* world.produce(order(0))
        yield* world.responded(1)
        yield* world.weni.faults.add(away)
        yield* produceMany(world, 1, 12)
        yield* pass(world, minute)
        // The order itself comes once more, and waits for nobody.
        yield* world.produce(order(0))
        yield* world.answer(reply("NÃO", { context: { id_contexto: "order-0" } }))
        yield* world.responded(3)
        const [theCase] = yield* world.serviceNow.cases
        assert.strictEqual(theCase?.fields.priority, "2")
        assert.lengthOf(yield* world.serviceNow.cases, 13)
      })
  )

  it.effect("SPEC 9.2: an event of an order that waits for Weni is not the probe, and waits for none", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld({ alone: true, settings: { breaker: { failures: 1 } } })
      yield* world.weni.faults.add({ kind: "refuse" })
      yield* world.weni.faults.add({ kind: "timeout", times: -1 })
      yield* world.produce(order(1))
      yield* world.until(Effect.map(world.weni.requests, ({ length }) => length === 1))
      yield* pass(world, 27_000)
      const at = yield* Clock.currentTimeMillis
      yield* world.answer(reply("NÃO", { context: { id_contexto: "order-1" } }))
      yield* world.responded(1)
      assert.isBelow((yield* Clock.currentTimeMillis) - at, 1000)
    })
  )

  it.effect("SPEC 9.2, 8.3: an answer to an order that waits for its Case is parked, and applied however late", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld({
        alone: true,
        settings: { breaker: { failures: 1 }, orphanAfter: minute }
      })
      yield* world.serviceNow.faults.add(away)
      yield* world.produce(order(1))
      yield* pass(world, minute)
      yield* world.answer(reply("NÃO", { context: { id_contexto: "order-1" } }))
      yield* pass(world, 20 * minute)
      assert.deepStrictEqual(Object.values(endings(world)), ["parked"])
      assert.lengthOf(yield* world.responses, 0)
      yield* world.serviceNow.faults.clear
      const responses = yield* world.responded(2)
      assert.sameMembers(
        responses.map(({ evento }) => evento),
        ["comunicacao", "retorno_nao"]
      )
    })
  )

  for (const [what, before] of [
    ["its Case", true],
    ["its order", false]
  ] as const) {
    it.effect(`SPEC 8.3, 9.5: an answer that waits for ${what} is not overtaken by the next one`, () =>
      Effect.gen(function* () {
        const world = yield* runningWorld({ alone: true, settings: { breaker: { failures: 1 } } })
        if (before) {
          yield* world.serviceNow.faults.add(away)
          yield* world.produce(order(1))
          yield* pass(world, minute)
        }
        yield* world.answer(reply("NÃO", { message_id: "m-1", context: { id_contexto: "order-1" } }))
        yield* world.until(Effect.sync(() => world.store.parked.size === 1))
        yield* world.serviceNow.faults.clear
        if (!before) yield* world.produce(order(1))
        yield* world.until(
          Effect.map(world.responses, ({ length }) => length > 0),
          10
        )
        assert.strictEqual(world.store.parked.size, 1)
        yield* world.answer(reply("SIM", { message_id: "m-2", context: { id_contexto: "order-1" } }))
        const responses = yield* world.responded(3)
        assert.deepStrictEqual(
          responses.map(({ evento }) => evento),
          ["comunicacao", "retorno_nao", "retorno_sim"]
        )
      })
    )
  }

  it.effect("SPEC 9.2: a wait is stored: another process continues the order, and nothing happens twice", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld({ alone: true, settings: { breaker: { failures: 1 } } })
      yield* world.produce(order(1), { partition: 0 })
      yield* world.responded(1)
      yield* world.serviceNow.faults.add(away)
      yield* world.answer(reply("SIM", { context: { id_contexto: "order-1" } }))
      yield* world.produce(order(2), { partition: 0 })
      yield* pass(world, minute)
      yield* world.process.kill
      yield* world.start
      yield* pass(world, minute)
      yield* world.serviceNow.faults.clear
      yield* world.responded(3)
      yield* pass(world, 2 * minute)
      assert.lengthOf(yield* world.responses, 3)
      assert.deepStrictEqual(yield* statuses(world), ["success"])
      const cases = yield* world.serviceNow.cases
      assert.lengthOf(cases, 2)
      assert.deepStrictEqual(cases.map(({ notes }) => notes.length).sort(), [1, 2])
    })
  )
})

describe("what an outage holds back on the Case", () => {
  it.effect(
    "SPEC 6.3, 9.2: the order's response does not wait for its note, and a second one says that it is written",
    () =>
      Effect.gen(function* () {
        const world = yield* runningWorld({ alone: true, settings: { breaker: { failures: 1 } } })
        yield* world.serviceNow.faults.add({ ...away, match: { path: "/api/now/table/sn_customerservice_case/" } })
        yield* world.produce(order(1))
        const [first] = yield* world.responded(1)
        assert.deepStrictEqual(first?.response_status, "partial_success")
        yield* aDayLater(world)
        assert.lengthOf(yield* world.responses, 1)
        yield* world.serviceNow.faults.clear
        const [, second] = yield* world.responded(2)
        assert.deepInclude(second, { evento: "comunicacao", response_status: "success", id_resposta: "order-1#2" })
        const [theCase] = yield* world.serviceNow.cases
        assert.lengthOf(theCase?.notes ?? [], 1)
      })
  )

  it.effect("SPEC 6.4, 9.2: a retry has its day once ServiceNow answers others, however long it was away before", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld({ alone: true, settings: { breaker: { failures: 3 }, retry: { attempts: 1 } } })
      const ofCase = { path: "/api/now/table/sn_customerservice_case/" }
      yield* world.serviceNow.faults.add({ ...away, match: ofCase })
      yield* world.produce(order(1))
      yield* world.responded(1)
      yield* aDayLater(world)
      yield* world.serviceNow.faults.clear
      yield* world.serviceNow.faults.add({ kind: "status", status: 500, match: { ...ofCase, method: "PATCH" } })
      yield* world.serviceNow.faults.add({ kind: "slow", delayMs: 50, times: -1, match: { method: "GET" } })
      yield* pass(world, 60 * minute)
      const [, second] = yield* world.responses
      assert.deepInclude(second, { evento: "comunicacao", response_status: "success" })
    })
  )

  it.effect("SPEC 9.2: a write that always fails is not the only probe of a vendor that is back", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld({ alone: true, settings: { breaker: { failures: 1 } } })
      yield* produceMany(world, 1, 3)
      yield* world.responded(3)
      yield* world.serviceNow.faults.add(away)
      for (const number of numbers(1, 3)) {
        yield* world.answer(eventOf(number, "entregue", `wamid.${number}`))
        yield* pass(world, minute)
      }
      yield* world.serviceNow.faults.clear
      yield* world.serviceNow.faults.add({ ...away, match: { id: "order-1" } })
      yield* pass(world, 10 * minute)
      const events = (yield* world.responses).filter(({ evento }) => evento === "entregue")
      assert.sameMembers(
        events.map(({ id_correlacao }) => id_correlacao),
        ["order-2", "order-3"]
      )
    })
  )

  it.effect("SPEC 9.2: a message that always fails is not the only probe of a Weni that is back", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld({ alone: true, settings: { breaker: { failures: 1 } } })
      yield* world.weni.faults.add(away)
      for (const number of numbers(1, 3)) {
        yield* world.produce(order(number))
        yield* pass(world, minute)
      }
      yield* world.weni.faults.clear
      yield* world.weni.faults.add({ ...away, match: { id: "order-1" } })
      yield* pass(world, 10 * minute)
      assert.includeMembers(
        (yield* world.responses).map(({ id_correlacao }) => id_correlacao),
        ["order-2", "order-3"]
      )
    })
  )

  it.effect("SPEC 8.8, 9.2: a scheduled close waits as long as ServiceNow is away, and is carried out once", () =>
    Effect.gen(function* () {
      const opens = Date.parse("2025-10-01T11:00:00Z")
      const world = yield* runningWorld({ alone: true, at: opens - 2 * minute, settings: { breaker: { failures: 1 } } })
      yield* world.produce(order(1, { tims_evento: "2025-10-01T07:58:00-03:00" }))
      yield* world.responded(1)
      yield* world.answer(reply("SIM", { context: { id_contexto: "order-1" } }))
      yield* world.responded(2)
      yield* world.serviceNow.faults.add(away)
      yield* aDayLater(world)
      assert.lengthOf(yield* world.responses, 2)
      yield* world.serviceNow.faults.clear
      const responses = yield* world.responded(3)
      assert.deepInclude(responses.at(-1), { evento: "fechamento", response_status: "success" })
      const [theCase] = yield* world.serviceNow.cases
      assert.strictEqual(theCase?.fields.state, "6")
    })
  )
})

describe("a doubt that an outage interrupts", () => {
  it.effect(
    "SPEC 4.3, 9.2: a Case that may still appear is looked for when ServiceNow is back, and none is opened twice",
    () =>
      Effect.gen(function* () {
        const world = yield* preparedWorld({ alone: true, earlierCase: true, settings: { breaker: { failures: 2 } } })
        yield* world.serviceNow.faults.add({ kind: "timeout", match: { method: "POST" }, times: 1 })
        yield* world.start
        yield* world.produce(record())
        yield* world.until(
          Effect.map(world.facts(fixtureId), (facts) => facts.some(({ _tag }) => _tag === "CaseIntended"))
        )
        yield* world.serviceNow.faults.add(away)
        yield* pass(world, 10 * minute)
        const held = (yield* world.facts(fixtureId)).find(({ _tag }) => _tag === "Held")
        assert.property(held, "appearsUntil")
        yield* world.serviceNow.faults.clear
        const [response] = yield* world.responded(1)
        assert.strictEqual(response?.response_status, "success")
        assert.lengthOf(yield* world.serviceNow.cases, 1)
      })
  )

  it.effect("SPEC 7.1, 9.2: a Case that may still appear is reported as unknown when the wait ends", () =>
    Effect.gen(function* () {
      const breaker = { failures: 2, maxWait: 5 * minute }
      const world = yield* runningWorld({ alone: true, settings: { breaker, retry: { attempts: 3 } } })
      yield* world.serviceNow.faults.add({ kind: "timeout", match: { method: "POST" }, times: 1 })
      yield* world.produce(record())
      yield* world.until(
        Effect.map(world.facts(fixtureId), (facts) => facts.some(({ _tag }) => _tag === "CaseIntended"))
      )
      yield* world.serviceNow.faults.add(away)
      const [response] = yield* world.responded(1)
      const { itsm } = channels(response)
      assert.strictEqual(itsm?.response.resultado, "desconhecido")
      assert.notMatch(itsm?.response.erro?.detalhe ?? "", /não chamado/)
    })
  )
})

describe("attempts that an outage has used up", () => {
  const retry = { attempts: 3 }

  it.effect("SPEC 7.1, 9.2: a note that was sent and refused is not reported as not called", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld({ alone: true, settings: { retry } })
      const ofCase = { path: "/api/now/table/sn_customerservice_case/" }
      yield* world.serviceNow.faults.add({ kind: "refuse", times: -1, match: ofCase })
      yield* world.produce(order(1))
      const [response] = yield* world.responded(1)
      const [note] = channels(response).itsm?.atualizacoes ?? []
      assert.deepStrictEqual(note?.response.erro, {
        codigo: "SEM_CONEXAO",
        detalhe: "conexão não estabelecida: refused",
        tentativas: 3
      })
    })
  )

  it.effect("SPEC 7.1, 9.2: a message whose last attempt ends after the wait is not reported as not called", () =>
    Effect.gen(function* () {
      const breaker = { failures: 1000, maxWait: minute }
      const world = yield* runningWorld({ alone: true, settings: { retry, breaker } })
      yield* world.weni.faults.add({ kind: "refuse", times: -1 })
      yield* world.produce(order(1))
      const [response] = yield* world.responded(1)
      const { whatsapp } = channels(response)
      assert.deepInclude(whatsapp?.response.erro, {
        codigo: "SEM_CONEXAO",
        detalhe: "conexão não estabelecida: refused"
      })
    })
  )
})

it.effect("SPEC 4.6, 9.2: a first 403 after attempts that an outage has used up gets one more attempt", () =>
  Effect.gen(function* () {
    const world = yield* runningWorld({ alone: true, settings: { retry: { attempts: 1 } } })
    yield* world.weni.faults.add({ kind: "status", status: 503 })
    yield* world.weni.faults.add({ kind: "status", status: 403 })
    yield* world.produce(order(1))
    const [response] = yield* world.responded(1)
    assert.strictEqual(response?.response_status, "success")
    assert.deepStrictEqual(
      (yield* world.weni.requests).map(({ outcome }) => outcome),
      [503, 403, 200]
    )
  })
)

describe("401 and 403 now and then", () => {
  const creates = { method: "POST", path: "/api/now/table/sn_" }
  const outcomes = ({ serviceNow }: Pick<World, "serviceNow">, method: string) =>
    Effect.map(serviceNow.requests, (all) => all.filter((one) => one.method === method).map(({ outcome }) => outcome))
  const attempts = (made: number) => ({ retry: { attempts: made }, breaker: { failures: 20, after: 3_600_000 } })

  it.effect("SPEC 4.6: a first 403 on the last attempt of a Case gets one more attempt", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld({ alone: true, settings: attempts(2) })
      yield* world.serviceNow.faults.add({ kind: "refuse", match: creates })
      yield* world.serviceNow.faults.add({ kind: "status", status: 403, match: creates })
      yield* world.produce(order(1))
      const [response] = yield* world.responded(1)
      assert.strictEqual(response?.response_status, "success")
      assert.deepStrictEqual(yield* outcomes(world, "POST"), ["refuse", 403, 201])
    })
  )

  it.effect("SPEC 4.6, 9.2: a 403 between two outages: the order waits for the end of the second one", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld({ alone: true, settings: attempts(2) })
      yield* world.serviceNow.faults.add({ kind: "refuse", match: creates })
      yield* world.serviceNow.faults.add({ kind: "status", status: 403, match: creates })
      yield* world.serviceNow.faults.add({ kind: "refuse", times: -1, forMs: minute })
      yield* world.produce(order(1))
      const [response] = yield* world.responded(1)
      assert.strictEqual(response?.response_status, "success")
      assert.lengthOf(yield* world.serviceNow.cases, 1)
    })
  )

  it.effect("SPEC 4.6, 9.2: a 403 of Weni between two outages: the message waits for the end of the second one", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld({ alone: true, settings: attempts(2) })
      yield* world.weni.faults.add({ kind: "status", status: 503 })
      yield* world.weni.faults.add({ kind: "status", status: 403 })
      yield* world.weni.faults.add({ kind: "refuse", times: -1, forMs: minute })
      yield* world.produce(order(1))
      const [response] = yield* world.responded(1)
      assert.strictEqual(response?.response_status, "success")
    })
  )

  it.effect("SPEC 4.6, 6.4: a note whose last attempt gets a 401 is written a minute later", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld({ alone: true, settings: attempts(2) })
      const match = { method: "PATCH" }
      // The look that follows is answered, so no outage explains the 401.
      yield* world.serviceNow.faults.add({ kind: "drop", match })
      yield* world.serviceNow.faults.add({ kind: "status", status: 401, match })
      yield* world.produce(order(1))
      yield* world.responded(1)
      const notes = Effect.map(world.serviceNow.cases, ([theCase]) => theCase?.notes.length)
      yield* world.until(Effect.map(notes, (count) => count === 1))
      assert.deepStrictEqual(yield* outcomes(world, "PATCH"), ["drop", 401, 200])
    })
  )
})

describe("the probes of waiting work", () => {
  it.effect("SPEC 9.2: an order whose call always fails by its own fault is not the only probe", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld({ alone: true, settings: { breaker: { failures: 1 } } })
      yield* world.serviceNow.faults.add(away)
      yield* produceMany(world, 1, 3)
      yield* pass(world, minute)
      yield* world.serviceNow.faults.clear
      yield* world.serviceNow.faults.add({ ...away, match: { method: "POST", contains: '"order-1"' } })
      const responses = yield* world.responded(2)
      assert.sameMembers(
        responses.map((one) => one.id_correlacao),
        ["order-2", "order-3"]
      )
    })
  )

  it.effect(
    "SPEC 9.2: a probe that finds ServiceNow still away writes nothing about an order that has not sent anything",
    () =>
      Effect.gen(function* () {
        const world = yield* runningWorld({ alone: true, settings: { breaker: { failures: 1 } } })
        yield* world.serviceNow.faults.add(away)
        yield* world.produce(order(1))
        yield* pass(world, 2 * minute)
        const { length } = yield* world.facts("order-1")
        const asked = (yield* world.serviceNow.requests).length
        yield* pass(world, 30 * minute)
        assert.isAbove((yield* world.serviceNow.requests).length, asked + 20)
        assert.lengthOf(yield* world.facts("order-1"), length)
      })
  )
})
