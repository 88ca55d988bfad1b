import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"

import type { Json } from "../../../src/domain/record/ChannelResult.ts"
import { record } from "../../domain/outbound/records.ts"
import type { World } from "../../support/World.ts"
import { caseOf, event, fixtureId, notesOf, reply, responsesTo, sentWorld, told } from "../inbound/scene.ts"

const bare = { context: undefined, fullNumber: undefined }
const deliveredNote = "Mensagem entregue as 30/09/2025 12:31:02"
const yesNote = "Confirmação recebida do cliente: SIM."

const whatsappText = (from: string, context?: Json): Json => ({
  object: "whatsapp_business_account",
  entry: [
    {
      changes: [
        {
          field: "messages",
          value: {
            messages: [
              {
                from,
                id: "wamid.in",
                timestamp: "1759246810",
                type: "text",
                text: { body: "sim" },
                ...(context && { context })
              }
            ]
          }
        }
      ]
    }
  ]
})

/** The event waits for a communication, and has changed nothing. */
const assertParked = Effect.fnUntraced(function* (world: World) {
  yield* world.until(Effect.sync(() => world.store.parked.size === 1))
  yield* TestClock.adjust("3 seconds")
  assert.strictEqual(world.store.parked.size, 1)
})

describe("whose event it is", () => {
  const names: Readonly<Record<string, (world: World) => Effect.Effect<Json, unknown>>> = {
    id_contexto: () => Effect.succeed(event("entregue", { ...bare, id_contexto: fixtureId })),
    id_correlacao: () => Effect.succeed(event("entregue", { ...bare, id_correlacao: fixtureId })),
    "id_case, a number": () => Effect.succeed(event("entregue", { ...bare, context: { id_case: "CS0001005" } })),
    "id_case, a sys_id": (world) =>
      Effect.map(caseOf(world), ({ sysId }) => event("entregue", { ...bare, context: { id_case: sysId } })),
    "id_case, when the id is not known": () =>
      Effect.succeed(event("entregue", { ...bare, context: { id_contexto: "x|y|z", id_case: "CS0001005" } }))
  }
  for (const [name, eventOf] of Object.entries(names)) {
    it.effect(`SPEC 8.2: ${name}`, () =>
      Effect.gen(function* () {
        const world = yield* sentWorld()
        const [response] = yield* told(world, yield* eventOf(world))
        assert.strictEqual(response?.id_correlacao, fixtureId)
        assert.deepStrictEqual(yield* notesOf(world), [deliveredNote])
      })
    )
  }

  it.effect("SPEC 8.2: the id and the Case take precedence over the event's own message id", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      yield* world.produce(record({ id_correlacao: "outra" }))
      yield* world.responded(2)
      yield* told(world, event("enviada", { ...bare, message_id: "m-outra", id_correlacao: "outra" }))
      yield* told(world, event("entregue", { message_id: "m-outra", context: { id_contexto: fixtureId } }))
      yield* told(world, event("lida", { message_id: "m-outra", context: { id_contexto: "outra" } }))
      yield* told(world, event("lida", { message_id: "m-outra", context: { id_case: "CS0001005" } }))
      const ids = Effect.map(world.responses, (all) => all.slice(3).map(({ id_correlacao }) => id_correlacao))
      assert.deepStrictEqual(yield* ids, [fixtureId, "outra", fixtureId])
    })
  )

  it.effect("SPEC 5.2, 8.2: the message id that the dispatch was answered with", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld({ weni: { messageIds: true } })
      const [message] = yield* world.weni.dispatches
      yield* told(world, event("entregue", { ...bare, message_id: message?.messageId }))
      assert.deepStrictEqual(yield* notesOf(world), [deliveredNote])
    })
  )

  it.effect(
    "SPEC 8.2: a message id learned from an event that named its communication; also the message it answers",
    () =>
      Effect.gen(function* () {
        const world = yield* sentWorld()
        yield* told(world, event("enviada", { message_id: "wamid.out" }))
        yield* told(world, event("entregue", { ...bare, message_id: "wamid.out" }))
        yield* told(world, whatsappText("551100000000", { id: "wamid.out" }))
        assert.deepStrictEqual(yield* notesOf(world), [deliveredNote, yesNote])
      })
  )

  it.effect("SPEC 8.2: the message that such an answer refers to is learned, too", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      yield* told(world, reply("Quando?", { context: { id_contexto: fixtureId, id: "wamid.out" } }))
      yield* told(world, event("entregue", { ...bare, message_id: "wamid.out" }))
      assert.deepStrictEqual((yield* notesOf(world)).at(-1), deliveredNote)
    })
  )

  const phones = ["5511999999999", "+55 11 99999-9999", "551199999999", "11999999999"]
  for (const phone of phones) {
    it.effect(`SPEC 8.2: the phone ${phone} of an answer, to which one communication was sent`, () =>
      Effect.gen(function* () {
        const world = yield* sentWorld()
        const [response] = yield* told(world, whatsappText(phone))
        assert.strictEqual(response?.id_correlacao, fixtureId)
        assert.deepStrictEqual(yield* notesOf(world), [yesNote])
      })
    )
  }

  it.effect("SPEC 8.2: a phone at the last moment of 72 h", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      yield* world.process.stop
      yield* TestClock.adjust("71 hours")
      yield* world.start
      const [response] = yield* told(world, whatsappText("5511999999999"))
      assert.strictEqual(response?.id_correlacao, fixtureId)
    })
  )

  it.effect("SPEC 8.2: a phone identifies no communication after 72 h", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      yield* world.process.stop
      yield* TestClock.adjust("72 hours")
      yield* world.start
      yield* world.answer(whatsappText("5511999999999"))
      yield* assertParked(world)
    })
  )

  const notByPhone: Readonly<Record<string, (world: World) => Effect.Effect<Json, unknown>>> = {
    "another phone": () => Effect.succeed(whatsappText("5511988887777")),
    "the phone of another town with the same last digits": () => Effect.succeed(whatsappText("5521999999999")),
    "the phone of what is no answer": () =>
      Effect.succeed(event("entregue", { context: undefined, message_id: "wamid.?" }))
  }
  for (const [name, eventOf] of Object.entries(notByPhone)) {
    it.effect(`SPEC 8.2: ${name} names no communication`, () =>
      Effect.gen(function* () {
        const world = yield* sentWorld()
        yield* world.answer(yield* eventOf(world))
        yield* assertParked(world)
        assert.deepStrictEqual(yield* notesOf(world), [])
      })
    )
  }

  it.effect("SPEC 8.2: a communication that has its answer awaits none: the phone is the other's", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      yield* world.produce(record({ id_correlacao: "outra" }))
      yield* world.responded(2)
      yield* told(world, reply("sim"))
      yield* told(world, whatsappText("5511999999999"))
      const ids = (yield* responsesTo(world, "retorno_sim")).map(({ id_correlacao }) => id_correlacao)
      assert.deepStrictEqual(ids.toSorted(), ["outra", fixtureId])
    })
  )

  it.effect("SPEC 8.2: a communication whose answer was not understood still awaits one", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      yield* told(world, reply("Que horas chega?"))
      yield* told(world, whatsappText("5511999999999"))
      assert.strictEqual((yield* notesOf(world)).at(-1), yesNote)
    })
  )

  it.effect("SPEC 8.2: a message that was surely not sent awaits no answer", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      yield* world.weni.faults.add({ kind: "status", status: 400 })
      yield* world.produce(record({ id_correlacao: "outra" }))
      yield* world.responded(2)
      yield* world.answer(whatsappText("5511999999999"))
      yield* world.responded(3)
      const [response] = yield* responsesTo(world, "retorno_sim")
      assert.strictEqual(response?.id_correlacao, fixtureId)
    })
  )
})
