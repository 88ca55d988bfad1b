import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"

import type { Json } from "../../../src/domain/record/ChannelResult.ts"
import { record } from "../../domain/outbound/records.ts"
import { endings, erroOf, headersOf } from "../../support/scene.ts"
import type { World, WorldOptions } from "../../support/World.ts"
import {
  caseOf,
  counted,
  event,
  fixtureId,
  notesOf,
  openedElsewhere,
  reply,
  responsesTo,
  sentWorld,
  told
} from "../inbound/scene.ts"

const other = "pedido_entregue_amanha|550e8400-e29b-41d4-a716-446655440000|OUTRO"
const ambiguousNote = "Resposta do cliente que pode ser sobre outro pedido: Não"
const yesNote = "Confirmação recebida do cliente: SIM."
const noNote = "Cliente respondeu NÃO. Encaminhado para atendimento humano para remarcar a entrega."

/** One message of a customer, or one status, in WhatsApp's own shape. */
const whatsapp = (value: Json): Json => ({
  object: "whatsapp_business_account",
  entry: [{ id: "102", changes: [{ field: "messages", value }] }]
})
const message = (words: string, fields: Json = {}, beside: Json = {}): Json =>
  whatsapp({
    messages: [
      {
        from: "5511999999999",
        id: `wamid.in.${words}`,
        timestamp: "1759246810",
        type: "text",
        text: { body: words },
        ...fields
      }
    ],
    ...beside
  })
const status = (fields: Json = {}, beside: Json = {}): Json =>
  whatsapp({
    statuses: [
      { id: "wamid.out", status: "delivered", timestamp: "1759246262", biz_opaque_callback_data: fixtureId, ...fields }
    ],
    ...beside
  })

/** A second order to the same phone, or with other fields, is sent. */
const sendOther = Effect.fnUntraced(function* (world: World, fields: Json = {}) {
  const before = (yield* world.responses).length
  yield* world.produce(record({ id_correlacao: other, ...fields }))
  yield* world.responded(before + 1)
})

const twoOrders = Effect.fnUntraced(function* (options: WorldOptions = {}) {
  const world = yield* sentWorld(options)
  yield* sendOther(world)
  return world
})

/** The notes of each Case after the dispatch's own, by number. */
const allNotes = (world: World) =>
  Effect.map(world.serviceNow.cases, (all) =>
    Object.fromEntries(all.map(({ notes, number }) => [number, notes.slice(1)]))
  )

const assertStays = Effect.fnUntraced(function* (world: World) {
  yield* world.until(Effect.sync(() => world.store.parked.size === 1))
  const before = yield* allNotes(world)
  yield* TestClock.adjust("1 minute")
  assert.strictEqual(world.store.parked.size, 1)
  assert.deepStrictEqual(yield* allNotes(world), before)
})

/** The event is nobody's in the end: no response, no dead letter, and counted. */
const assertSkipped = Effect.fnUntraced(function* (world: World) {
  yield* assertStays(world)
  const before = (yield* world.responses).length
  yield* TestClock.adjust("11 minutes")
  assert.strictEqual(world.store.parked.size, 0)
  assert.strictEqual((yield* world.responses).length, before)
  assert.deepStrictEqual(yield* counted(world, "ctx_skipped_total"), { "omnichannelRespostaCampanha alheio": 1 })
})

const assertAmbiguous = Effect.fnUntraced(function* (world: World, id: string | null, detalhe: string) {
  const [response, ...more] = yield* responsesTo(world, "correlacao_ambigua")
  assert.deepStrictEqual(more, [])
  assert.strictEqual(response?.id_correlacao, id)
  assert.strictEqual(response?.response_status, "failure")
  assert.deepStrictEqual(erroOf(response), { codigo: "CORRELACAO_AMBIGUA", status: 409, detalhe })
  const letters = yield* world.inboundDeadLetters
  assert.deepStrictEqual(
    letters.map((letter) => headersOf(letter)["dlq-codigo"]),
    ["CORRELACAO_AMBIGUA"]
  )
  assert.strictEqual(world.store.parked.size, 0)
})

const bySenderDetail =
  "a resposta só se conhece pelo remetente e pode ser de mais de uma comunicação; o texto foi anotado em cada caso"
const contradictionDetail = "os identificadores do evento são de comunicações diferentes"

describe("an answer that may be for several communications", () => {
  it.effect("SPEC 8.2: is reported at once and noted on each Case, and changes nothing else", () =>
    Effect.gen(function* () {
      const world = yield* twoOrders()
      yield* told(world, message("Não"))
      yield* assertAmbiguous(world, null, bySenderDetail)
      assert.deepStrictEqual(yield* allNotes(world), { CS0001005: [ambiguousNote], CS0001006: [ambiguousNote] })
      const cases = yield* world.serviceNow.cases
      assert.deepStrictEqual(
        cases.map(({ fields }) => [fields.state, fields.priority]),
        [
          ["10", "3"],
          ["10", "3"]
        ]
      )
      assert.strictEqual(endings(world)["0/0"] ?? endings(world)["1/0"], "dead_letter")
    })
  )

  it.effect("SPEC 8.2: is not applied to the other order as soon as one of two is answered", () =>
    Effect.gen(function* () {
      const world = yield* twoOrders()
      yield* told(world, message("Não"), reply("SIM"))
      yield* TestClock.adjust("2 minutes")
      assert.deepStrictEqual(yield* allNotes(world), {
        CS0001005: [ambiguousNote, yesNote],
        CS0001006: [ambiguousNote]
      })
    })
  )

  it.effect("SPEC 8.2, 8.4: stays ambiguous when it is told again after one of two is answered", () =>
    Effect.gen(function* () {
      const world = yield* twoOrders()
      yield* told(world, message("Não"), reply("SIM"), message("Não"))
      assert.lengthOf(yield* responsesTo(world, "correlacao_ambigua"), 2)
      assert.deepStrictEqual(yield* allNotes(world), {
        CS0001005: [ambiguousNote, yesNote],
        CS0001006: [ambiguousNote]
      })
    })
  )

  it.effect("SPEC 8.2: another answer with the same words is noted, too", () =>
    Effect.gen(function* () {
      const world = yield* twoOrders()
      yield* told(world, message("Não"), message("Não", { id: "wamid.in.again", timestamp: "1759246900" }))
      const twice = [ambiguousNote, ambiguousNote]
      assert.deepStrictEqual(yield* allNotes(world), { CS0001005: twice, CS0001006: twice })
    })
  )

  it.effect(
    "SPEC 8.2, 6.4: a note that fails for a passing reason is written later, without a response of its own",
    () =>
      Effect.gen(function* () {
        const world = yield* twoOrders()
        yield* world.serviceNow.faults.add({ kind: "refuse", times: 5, match: { method: "PATCH" } })
        yield* told(world, message("Não"))
        const before = yield* world.responses
        yield* TestClock.adjust("2 minutes")
        assert.deepStrictEqual(yield* allNotes(world), { CS0001005: [ambiguousNote], CS0001006: [ambiguousNote] })
        assert.deepStrictEqual(yield* world.responses, before)
      })
  )

  it.effect("SPEC 8.2, 9.2: a note waits while ServiceNow is away, and the record has ended", () =>
    Effect.gen(function* () {
      const world = yield* twoOrders({ alone: true })
      yield* world.serviceNow.faults.add({ kind: "status", status: 503, times: -1 })
      yield* world.answer(message("Não"))
      yield* world.until(Effect.map(responsesTo(world, "correlacao_ambigua"), ({ length }) => length === 1))
      assert.deepStrictEqual(yield* allNotes(world), { CS0001005: [], CS0001006: [] })
      yield* TestClock.adjust("30 minutes")
      yield* world.serviceNow.faults.clear
      yield* TestClock.adjust("5 minutes")
      assert.deepStrictEqual(yield* allNotes(world), { CS0001005: [ambiguousNote], CS0001006: [ambiguousNote] })
      yield* assertAmbiguous(world, null, bySenderDetail)
      assert.isTrue([...world.store.communications.values()].every(({ view }) => view.held === undefined))
    })
  )

  it.effect("SPEC 8.2, 8.6: settles no doubt", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      yield* world.weni.faults.add({ kind: "timeout", when: "after" })
      yield* sendOther(world)
      yield* told(world, message("Não"))
      assert.strictEqual(world.store.communications.get(other)?.view.inDoubt, true)
      assert.deepStrictEqual((yield* allNotes(world)).CS0001006, [ambiguousNote])
    })
  )

  it.effect("SPEC 8.2: one without a Case has no note", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      yield* sendOther(world, { cod_canais: ["whatsapp"] })
      yield* told(world, message("Não"))
      yield* assertAmbiguous(world, null, bySenderDetail)
      assert.deepStrictEqual(yield* allNotes(world), { CS0001005: [ambiguousNote] })
    })
  )

  it.effect("SPEC 8.2, 8.3: beside another event of its record it is its own refusal", () =>
    Effect.gen(function* () {
      const world = yield* twoOrders()
      const both = [event("entregue"), reply("Não", { context: undefined })]
      yield* world.answer(JSON.stringify(both))
      yield* world.responded(4)
      yield* assertAmbiguous(world, null, bySenderDetail)
      assert.deepStrictEqual((yield* allNotes(world)).CS0001006, [ambiguousNote])
    })
  )

  it.effect("SPEC 8.2, 8.10: one without any text is noted as what it is", () =>
    Effect.gen(function* () {
      const world = yield* twoOrders()
      yield* told(world, message("", { id: "wamid.in.audio", type: "audio", text: undefined, audio: { id: "1" } }))
      const note = "Resposta do cliente que pode ser sobre outro pedido: áudio"
      assert.deepStrictEqual(yield* allNotes(world), { CS0001005: [note], CS0001006: [note] })
    })
  )

  it.effect("SPEC 8.2: one about an unknown message waits for its id, whichever order is answered meanwhile", () =>
    Effect.gen(function* () {
      const world = yield* twoOrders()
      yield* world.answer(message("Não", { context: { id: "wamid.out" } }))
      yield* assertStays(world)
      yield* told(world, reply("SIM", { context: { id_contexto: other } }))
      yield* assertStays(world)
      yield* world.answer(status())
      yield* world.until(Effect.map(responsesTo(world, "retorno_nao"), ({ length }) => length === 1))
      const notes = yield* allNotes(world)
      assert.deepStrictEqual([notes.CS0001005?.at(-1), notes.CS0001006], [noNote, [yesNote]])
      assert.lengthOf(yield* responsesTo(world, "correlacao_ambigua"), 0)
    })
  )

  it.effect("SPEC 8.2: one about an unknown message is ambiguous in the end, for the same orders", () =>
    Effect.gen(function* () {
      const world = yield* twoOrders()
      yield* world.answer(message("Não", { context: { id: "wamid.out" } }))
      yield* assertStays(world)
      yield* told(world, reply("SIM", { context: { id_contexto: other } }))
      yield* world.process.kill
      yield* world.start
      yield* TestClock.adjust("11 minutes")
      yield* assertAmbiguous(world, null, bySenderDetail)
      assert.deepStrictEqual(yield* allNotes(world), {
        CS0001005: [ambiguousNote],
        CS0001006: [yesNote, ambiguousNote]
      })
    })
  )

  const failures: Readonly<Record<string, (world: World) => Effect.Effect<unknown, unknown>>> = {
    "was not sent": (world) => Effect.andThen(world.weni.faults.add({ kind: "status", status: 400 }), sendOther(world)),
    "was not delivered": (world) =>
      Effect.andThen(
        sendOther(world),
        told(world, event("falha", { message_id: "wamid.f", context: { id_contexto: other }, code: "1" }))
      )
  }
  for (const [name, fail] of Object.entries(failures)) {
    it.effect(`SPEC 8.2: of two orders the message of one ${name}: the other is meant`, () =>
      Effect.gen(function* () {
        const world = yield* sentWorld()
        yield* fail(world)
        yield* told(world, message("Não"))
        assert.deepStrictEqual(yield* notesOf(world), [noNote])
      })
    )
  }
})

describe("an answer that only its sender names", () => {
  it.effect("SPEC 8.2: one that was said before the dispatch is not its answer", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      yield* world.answer(message("Sim", { timestamp: String(Date.parse("2025-09-30T15:29:50Z") / 1000) }))
      yield* assertSkipped(world)
      assert.strictEqual((yield* caseOf(world)).fields.state, "10")
    })
  )

  it.effect("SPEC 8.2: one that comes while the message is on its way counts from when that was sent", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      yield* world.weni.faults.add({ kind: "slow", delayMs: 12_000 })
      yield* world.produce(record({ id_correlacao: other, "cliente.num_telefone": "+5521988887777" }))
      yield* world.until(Effect.map(world.weni.requests, (all) => all.length === 2))
      yield* TestClock.adjust("1 second")
      const at = Math.floor((yield* TestClock.testClockWith((clock) => clock.currentTimeMillis)) / 1000)
      yield* world.answer(message("Sim", { from: "5521988887777", timestamp: String(at) }))
      yield* world.until(Effect.map(responsesTo(world, "retorno_sim"), ({ length }) => length === 1))
      const [response] = yield* responsesTo(world, "retorno_sim")
      assert.strictEqual(response?.id_correlacao, other)
    })
  )

  it.effect("SPEC 8.2: a typed NÃO after SIM is for the communication that was answered last", () =>
    Effect.gen(function* () {
      const world = yield* twoOrders()
      yield* told(world, reply("SIM", { context: { id_contexto: other } }))
      yield* told(world, reply("Sim", { timestamp: "2025-09-30T15:41:00Z" }))
      yield* told(world, message("Não", { timestamp: "1759246900" }))
      assert.deepStrictEqual(yield* allNotes(world), { CS0001005: [yesNote, noNote], CS0001006: [yesNote] })
    })
  )

  it.effect(
    "SPEC 8.2, 8.4: delivered again it is the same communication's, even if another has been answered since",
    () =>
      Effect.gen(function* () {
        const world = yield* twoOrders()
        yield* told(world, reply("Sim"), message("Não", { timestamp: "1759246900" }))
        yield* told(world, message("Não", { timestamp: "1759246900" }))
        assert.deepStrictEqual(yield* allNotes(world), { CS0001005: [yesNote], CS0001006: [noNote] })
      })
  )

  it.effect("SPEC 8.2: 72 h after the answer the phone names nobody", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      yield* told(world, reply("Sim"))
      yield* world.process.stop
      yield* TestClock.adjust("73 hours")
      yield* world.start
      yield* world.answer(message("Não"))
      yield* assertSkipped(world)
    })
  )

  it.effect("SPEC 8.2: about a message of somebody else's it is not ours, once ours is known", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld({ weni: { messageIds: true } })
      yield* world.answer(message("Sim", { context: { id: "wamid.FOREIGN" } }))
      yield* assertSkipped(world)
      assert.strictEqual((yield* caseOf(world)).fields.state, "10")
    })
  )

  it.effect("SPEC 8.2: about a message that turns out to be ours it is applied", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld({ weni: { messageIds: true } })
      yield* world.answer(message("Sim", { context: { id: "wamid.SECOND" } }))
      yield* assertStays(world)
      yield* world.answer(status({ id: "wamid.SECOND" }))
      yield* world.until(Effect.map(responsesTo(world, "retorno_sim"), ({ length }) => length === 1))
      assert.strictEqual((yield* caseOf(world)).fields.state, "6")
    })
  )

  it.effect("SPEC 8.2: in a group it is nobody's", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      yield* world.answer(message("Sim", { group_id: "Y2FwaV9ncm91cDo" }))
      yield* assertSkipped(world)
    })
  )

  it.effect("SPEC 8.2: in a group the answered message still names its communication", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      yield* told(world, status(), message("Sim", { group_id: "Y2FwaV9ncm91cDo", context: { id: "wamid.out" } }))
      assert.strictEqual((yield* caseOf(world)).fields.state, "6")
    })
  )

  const metadata = (id: string): Json => ({ metadata: { display_phone_number: "551133334444", phone_number_id: id } })

  it.effect("SPEC 8.2: to another number of ours than its statuses name it is not its answer", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      yield* told(world, status({}, metadata("111")))
      yield* world.answer(message("Sim", {}, metadata("222")))
      yield* assertStays(world)
      yield* told(world, message("Não", {}, metadata("111")))
      assert.strictEqual((yield* notesOf(world)).at(-1), noNote)
    })
  )

  it.effect("SPEC 8.2: to a number that no status of ours names it waits for one that does", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      yield* sendOther(world, { "cliente.num_telefone": "+5521988887777" })
      yield* told(world, status({ biz_opaque_callback_data: other }, metadata("111")))
      yield* world.answer(message("Sim", {}, metadata("222")))
      yield* assertStays(world)
      yield* world.answer(status({ id: "wamid.222" }, metadata("222")))
      yield* world.until(Effect.map(responsesTo(world, "retorno_sim"), ({ length }) => length === 1))
    })
  )

  const teaching: Readonly<Record<string, Json>> = {
    "a status' recipient_user_id": status({ recipient_user_id: "BR.1349120865" }),
    "a status' contact": status({ recipient_id: "5511999999999" }, { contacts: [{ user_id: "BR.1349120865" }] }),
    "a reply that names its communication": reply("Oi", { from_user_id: "BR.1349120865" })
  }
  for (const [name, told1] of Object.entries(teaching)) {
    it.effect(`SPEC 8.2: an id of WhatsApp's, taught by ${name}, names the customer without a phone`, () =>
      Effect.gen(function* () {
        const world = yield* sentWorld()
        yield* told(world, told1)
        yield* told(world, message("Sim", { from: undefined, from_user_id: "BR.1349120865" }))
        assert.strictEqual((yield* caseOf(world)).fields.state, "6")
      })
    )
  }

  it.effect("SPEC 8.2: an id of WhatsApp's in a reply's contact names the customer", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      yield* told(world, status({ recipient_user_id: "BR.1349120865" }))
      const contacts = [{ profile: { name: "João" }, user_id: "BR.1349120865" }]
      yield* told(world, message("Sim", { from: undefined }, { contacts }))
      assert.strictEqual((yield* caseOf(world)).fields.state, "6")
    })
  )

  it.effect("SPEC 8.2: an id of WhatsApp's of two orders is ambiguous as their phone is", () =>
    Effect.gen(function* () {
      const world = yield* twoOrders()
      yield* told(world, status({ recipient_user_id: "BR.1" }))
      yield* told(world, status({ id: "wamid.2", recipient_user_id: "BR.1", biz_opaque_callback_data: other }))
      yield* told(world, message("Não", { from: undefined, from_user_id: "BR.1" }))
      yield* assertAmbiguous(world, null, bySenderDetail)
      assert.strictEqual((yield* allNotes(world)).CS0001006?.at(-1), ambiguousNote)
    })
  )

  const omnichat = (fields: Json): Json => ({
    objectId: "e",
    resource: "Message",
    event: "CREATE",
    timestamp: "2025-09-30T15:45:00.000Z",
    payload: { objectId: "m-1", chat: { objectId: "chat-9" }, createdAt: "2025-09-30T15:44:59.000Z", ...fields }
  })

  it.effect("SPEC 8.2: a chat, taught by an event with our context, names the customer", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      yield* told(world, omnichat({ status: "OUTGOING_READ", context: { id_contexto: fixtureId } }))
      yield* told(world, omnichat({ objectId: "m-2", status: "INCOMING_RECEIVED", text: "Sim" }))
      assert.strictEqual((yield* caseOf(world)).fields.state, "6")
    })
  )

  it.effect("SPEC 8.2: a chat that only an answer by phone shows is not learned", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      yield* told(world, reply("Oi", { context: undefined, chat: { objectId: "chat-9" } }))
      yield* world.answer(omnichat({ objectId: "m-2", status: "INCOMING_RECEIVED", text: "Sim" }))
      yield* assertStays(world)
    })
  )
})

describe("names that contradict each other", () => {
  const contradictions: Readonly<Record<string, readonly [event: Json, id: string | null]>> = {
    "an unknown id of ours and the Case of another": [
      event("entregue", { context: { id_contexto: `${other}-2`, id_case: "CS0001005" } }),
      `${other}-2`
    ],
    "an id and the Case of another": [reply("SIM", { context: { id_contexto: other, id_case: "CS0001005" } }), other],
    "an id and a Case of nobody": [
      reply("SIM", { context: { id_contexto: fixtureId, id_case: "CS0009999" } }),
      fixtureId
    ],
    "an id and the answered message of another": [
      reply("SIM", { context: { id_contexto: other, id: "wamid.out" } }),
      other
    ],
    "the phone of one and the answered message of another": [
      message("Sim", { from: "5521988887777", context: { id: "wamid.out" } }),
      null
    ]
  }
  for (const [name, [value, id]] of Object.entries(contradictions)) {
    it.effect(`SPEC 8.2, 8.3: ${name}: the event is parked, and refused after ORPHAN_AFTER`, () =>
      Effect.gen(function* () {
        const world = yield* sentWorld()
        yield* sendOther(world, { "cliente.num_telefone": "+5521988887777" })
        yield* told(world, status())
        yield* world.answer(value)
        yield* assertStays(world)
        const before = yield* allNotes(world)
        yield* TestClock.adjust("10 minutes")
        yield* assertAmbiguous(world, id, contradictionDetail)
        assert.deepStrictEqual(yield* allNotes(world), before)
      })
    )
  }

  it.effect("SPEC 8.2, 8.3: an id whose order comes later than the event still contradicts the Case of another", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      yield* world.answer(reply("SIM", { context: { id_contexto: other, id_case: "CS0001005" } }))
      yield* assertStays(world)
      yield* sendOther(world)
      yield* TestClock.adjust("11 minutes")
      yield* assertAmbiguous(world, other, contradictionDetail)
      assert.deepStrictEqual(yield* allNotes(world), { CS0001005: [], CS0001006: [] })
    })
  )

  it.effect("SPEC 8.2: a Case that ServiceNow gives to another communication is not adopted", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      const { number } = yield* openedElsewhere(world, { u_id_correlacao: "pedido_entregue_amanha|antigo|1" })
      yield* world.answer(reply("SIM", { context: { id_contexto: other, id_case: number } }))
      yield* assertStays(world)
      yield* TestClock.adjust("11 minutes")
      yield* assertAmbiguous(world, other, contradictionDetail)
      assert.isFalse(world.store.communications.has("pedido_entregue_amanha|antigo|1"))
    })
  )

  it.effect("SPEC 8.2, 9.5: one that waits holds up no other event of its communication", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      yield* world.answer(reply("SIM", { context: { id_contexto: fixtureId, id_case: "CS0009999" } }))
      yield* assertStays(world)
      yield* told(world, event("entregue"))
      assert.lengthOf(yield* notesOf(world), 1)
    })
  )

  it.effect("SPEC 9.3: after a restart the waiting time continues, and the event is refused once", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      yield* world.answer(reply("SIM", { context: { id_contexto: fixtureId, id_case: "CS0009999" } }))
      yield* assertStays(world)
      yield* world.process.kill
      yield* TestClock.adjust("11 minutes")
      yield* world.start
      yield* world.until(Effect.sync(() => world.store.parked.size === 0))
      yield* assertAmbiguous(world, fixtureId, contradictionDetail)
    })
  )
})
