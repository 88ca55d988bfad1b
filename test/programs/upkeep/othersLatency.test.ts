import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect } from "effect"
import { TestClock } from "effect/testing"

import type { FaultRule } from "../../../simulators/core/FaultRule.ts"
import type { Json } from "../../../src/domain/record/ChannelResult.ts"
import { originKey } from "../../../src/domain/record/Origin.ts"
import { record } from "../../domain/outbound/records.ts"
import { preparedWorld } from "../../support/scene.ts"
import { jsonOf, type World } from "../../support/World.ts"
import { event, reply } from "../inbound/scene.ts"

const second = 1000
/** Milliseconds of virtual time by which the clock moves while a latency is measured. */
const step = 25
/** How many others are measured, one every two seconds. */
const samples = 30

const slow: FaultRule = { kind: "slow", delayMs: 100, times: -1 }

/** Both vendors answer after 100 ms, or as these faults say. */
const vendors = Effect.fnUntraced(function* (
  world: World,
  faults: Partial<Record<"serviceNow" | "weni", FaultRule>> = {}
) {
  for (const vendor of ["serviceNow", "weni"] as const) {
    yield* world[vendor].faults.clear
    const fault = faults[vendor]
    if (fault !== undefined) yield* world[vendor].faults.add(fault)
    yield* world[vendor].faults.add(slow)
  }
})

/** The responses so far, each read once. */
const makeResponses = (world: World) => {
  const seen = new Map<string, Json>()
  return Effect.map(world.broker.records(world.settings.topics.response), (all) => {
    for (const one of all) {
      const place = originKey(one)
      if (!seen.has(place)) seen.set(place, jsonOf(one))
    }
    return [...seen.values()]
  })
}

interface Measured {
  readonly median: number
  readonly most: number
}

const measured = (millis: ReadonlyArray<number>): Measured => {
  const sorted = millis.toSorted((a, b) => a - b)
  return { median: sorted[Math.floor(sorted.length / 2)] ?? Number.NaN, most: sorted.at(-1) ?? Number.NaN }
}

/** What one other customer does, and the response to it. */
interface Other {
  readonly begin: Effect.Effect<unknown, unknown>
  readonly isResponse: (response: Json) => boolean
}

const scene = Effect.fnUntraced(function* () {
  const world = yield* preparedWorld({ alone: true })
  yield* vendors(world)
  yield* world.start
  const responses = makeResponses(world)
  let next = 0

  const answered = (isResponse: Other["isResponse"]) => Effect.map(responses, (all) => all.some(isResponse))

  /** How long others wait for their response, while `beside` happens before each. */
  const latencies = Effect.fnUntraced(function* (
    makeOther: (n: number) => Other,
    beside: Effect.Effect<unknown, unknown>
  ) {
    const millis: Array<number> = []
    for (let sample = 0; sample < samples; sample++) {
      yield* beside
      const other = makeOther(next++)
      const start = yield* Clock.currentTimeMillis
      yield* other.begin
      yield* world.until(answered(other.isResponse), step)
      millis.push((yield* Clock.currentTimeMillis) - start)
      yield* TestClock.adjust(2 * second)
    }
    return measured(millis)
  })

  const orderOf = (id: string, channels: ReadonlyArray<string> = ["whatsapp", "itsm"]) =>
    world.produce(record({ id_correlacao: id, cod_canais: channels }), { partition: 0 })
  const order =
    (channel: string) =>
    (n: number): Other => ({
      begin: orderOf(`other-${n}`, [channel]),
      isResponse: ({ id_correlacao }) => id_correlacao === `other-${n}`
    })
  /** Customers whose orders have ended. */
  const prepared = 200
  for (let n = 0; n < prepared; n++) yield* orderOf(`known-${n}`)
  yield* world.until(Effect.map(responses, ({ length }) => length === prepared))
  const answer = (n: number): Other => ({
    begin: world.answer(reply("NÃO", { message_id: `m-${n}`, context: { id_contexto: `known-${n % prepared}` } }), {
      partition: 0
    }),
    isResponse: ({ evento, id_correlacao }) => evento === "retorno_nao" && id_correlacao === `known-${n % prepared}`
  })
  return { world, responses, latencies, orderOf, order, answer }
})

/** Everything ended as a success, and each message was accepted once. */
const assertDone = Effect.fnUntraced(function* (world: World, responses: ReadonlyArray<Json>) {
  assert.deepStrictEqual([...new Set(responses.map(({ response_status }) => response_status))], ["success"])
  assert.deepStrictEqual([...new Set((yield* world.weni.accepted).values())], [1])
})

/** No other customer waits longer than without it, but for one step of the clock. */
const assertUnmoved = (what: string, without: Measured, during: Measured) => {
  assert.isAtMost(during.median, without.median + step, what)
  assert.isAtMost(during.most, without.most + 100, what)
}

const away: FaultRule = { kind: "status", status: 503, times: -1 }

/** The clock moves through hours in small steps. */
const timeout = 300_000

describe("SPEC 9.2, 9.5: what costs no other customer anything, in virtual time", () => {
  it.effect(
    "Weni is away for two hours: answers, and orders for ServiceNow alone",
    () =>
      Effect.gen(function* () {
        const { answer, latencies, order, orderOf, responses, world } = yield* scene()
        const without = [yield* latencies(answer, Effect.void), yield* latencies(order("itsm"), Effect.void)] as const
        yield* vendors(world, { weni: away })
        let held = 0
        const more = Effect.suspend(() => orderOf(`held-${held++}`))
        for (let count = 0; count < 115; count++) yield* Effect.andThen(more, TestClock.adjust(60 * second))
        const before = (yield* responses).length
        assertUnmoved("Weni away, answers", without[0], yield* latencies(answer, more))
        assertUnmoved("Weni away, orders for ServiceNow", without[1], yield* latencies(order("itsm"), more))
        assert.strictEqual((yield* responses).length, before + 2 * samples)
        yield* vendors(world)
        yield* world.until(Effect.map(responses, ({ length }) => length === before + 2 * samples + held))
        yield* assertDone(world, yield* responses)
      }),
    timeout
  )

  it.effect(
    "ServiceNow is away for two hours: orders for WhatsApp alone",
    () =>
      Effect.gen(function* () {
        const { latencies, order, orderOf, responses, world } = yield* scene()
        const without = yield* latencies(order("whatsapp"), Effect.void)
        yield* vendors(world, { serviceNow: away })
        let held = 0
        const more = Effect.gen(function* () {
          yield* orderOf(`held-${held}`)
          yield* world.answer(
            event("entregue", { context: { id_contexto: `known-${held % 200}` }, message_id: `d-${held++}` })
          )
        })
        for (let count = 0; count < 119; count++) yield* Effect.andThen(more, TestClock.adjust(60 * second))
        assertUnmoved("ServiceNow away, orders for Weni", without, yield* latencies(order("whatsapp"), more))
        yield* vendors(world)
        const isHeld = ({ evento, id_correlacao }: Json) =>
          evento === "entregue" || String(id_correlacao).startsWith("held-")
        yield* world.until(Effect.map(responses, (all) => all.filter(isHeld).length === 2 * held))
        yield* assertDone(world, yield* responses)
      }),
    timeout
  )

  it.effect(
    "Weni lets ten requests a second through, and 300 orders come at once",
    () =>
      Effect.gen(function* () {
        const { answer, latencies, order, orderOf, responses, world } = yield* scene()
        /** 300 orders come, and meanwhile others are measured. */
        const rush = Effect.fnUntraced(function* (name: string, makeOther: (n: number) => Other) {
          for (let n = 0; n < 300; n++) yield* orderOf(`${name}-${n}`)
          return yield* latencies(makeOther, Effect.void)
        })
        const without = [yield* rush("a", answer), yield* rush("b", order("itsm"))] as const
        yield* vendors(world, { weni: { kind: "limit", perSecond: 10, times: -1 } })
        const before = (yield* responses).length
        assertUnmoved("ten a second, answers", without[0], yield* rush("c", answer))
        assertUnmoved("ten a second, orders for ServiceNow", without[1], yield* rush("d", order("itsm")))
        yield* world.until(Effect.map(responses, ({ length }) => length === before + 2 * samples + 600))
        yield* assertDone(world, yield* responses)
      }),
    timeout
  )

  it.effect(
    "one customer writes 1,000 messages: answers and orders of others",
    () =>
      Effect.gen(function* () {
        const { answer, latencies, order, responses, world } = yield* scene()
        const without = [yield* latencies(answer, Effect.void), yield* latencies(order("itsm"), Effect.void)] as const
        const before = (yield* responses).length
        for (let n = 0; n < 1000; n++) {
          const said = { message_id: `w-${n}`, context: { id_contexto: "known-199" } }
          yield* world.answer(reply(`Oi ${n}`, said), { partition: 0 })
        }
        assertUnmoved("1,000 messages, answers", without[0], yield* latencies(answer, Effect.void))
        assertUnmoved("1,000 messages, orders", without[1], yield* latencies(order("itsm"), Effect.void))
        yield* world.until(
          Effect.map(responses, ({ length }) => length === before + 2 * samples + 1000),
          second
        )
        yield* assertDone(world, yield* responses)
      }),
    timeout
  )
})
