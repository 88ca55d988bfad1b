import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

import { record } from "../../domain/outbound/records.ts"
import { failing } from "../../support/failing.ts"
import { channels, endings, fixtureId, headersOf, preparedWorld, writes } from "../../support/scene.ts"
import { eventTime } from "../../support/World.ts"

describe("defects of our own in actors", () => {
  it.effect(
    "SPEC 9.7: a defect is tried 20 times with backoff, then the record is a dead letter with ERRO_INTERNO",
    () =>
      Effect.gen(function* () {
        const world = yield* preparedWorld()
        const { around, failed } = failing("Http.send", 1, Infinity)
        yield* world.startWith(around)
        const sent = yield* world.produce(record(), { partition: 0 })
        const [response] = yield* world.responded(1)
        assert.strictEqual(failed(), 20)
        assert.deepStrictEqual(response, {
          id_correlacao: fixtureId,
          id_resposta: "comunicacaoTransacional/0/0",
          evento: "comunicacao",
          cod_canaais: ["whatsapp", "itsm"],
          cod_canais: ["whatsapp", "itsm"],
          response_status: "failure",
          tims_resposta: response?.tims_resposta,
          origem: { topico: "comunicacaoTransacional", particao: 0, offset: 0 },
          resultados: {},
          erro: {
            codigo: "ERRO_INTERNO",
            status: 500,
            detalhe: "erro interno em 20 tentativas; o registro está no tópico de mensagens mortas"
          }
        })
        const [letter] = yield* world.deadLetters
        assert.deepStrictEqual(letter?.value, sent.value)
        assert.strictEqual(headersOf(letter)["dlq-codigo"], "ERRO_INTERNO")
        assert.deepStrictEqual(endings(world), { "0/0": "dead_letter" })
        yield* world.until(Effect.map(world.committed, ([offset]) => offset === 1))
        // 0.5 s, doubled up to 30 s, each spread by a fifth: 13 of the 19 waits are the longest.
        const [published] = yield* world.broker.records(world.settings.topics.response)
        const seconds = ((published?.timestamp ?? 0) - eventTime) / 1000
        assert.isAbove(seconds, 0.8 * 13 * 30)
        assert.isBelow(seconds, 1.2 * (31.5 + 13 * 30))
      })
  )

  it.effect("SPEC 9.7: a defect that passes leaves no trace in the response", () =>
    Effect.gen(function* () {
      const world = yield* preparedWorld()
      const { around, failed } = failing("Journal.append", 1, 3)
      yield* world.startWith(around)
      yield* world.produce(record(), { partition: 0 })
      const [response] = yield* world.responded(1)
      assert.strictEqual(failed(), 3)
      assert.strictEqual(response?.response_status, "success")
      assert.lengthOf(yield* world.serviceNow.cases, 1)
      assert.lengthOf(yield* world.weni.dispatches, 1)
      assert.lengthOf(yield* world.deadLetters, 0)
      assert.deepStrictEqual(endings(world), { "0/0": "response" })
    })
  )

  it.effect(
    "SPEC 9.7, 5.3: a defect while an answer is recorded leaves the dispatch in doubt, and nothing is sent again",
    () =>
      Effect.gen(function* () {
        const world = yield* preparedWorld()
        // The first append holds the Case's intent, the second the dispatch's, the third its answer.
        const { around, failed } = failing("Journal.append", 3, 3)
        yield* world.startWith(around)
        yield* world.produce(record())
        const [response] = yield* world.responded(1)
        assert.strictEqual(failed(), 1)
        assert.strictEqual(channels(response).whatsapp?.response.erro?.codigo, "INDETERMINADO")
        assert.lengthOf(yield* world.weni.requests, 1)
        const [theCase, ...others] = yield* world.serviceNow.cases
        assert.lengthOf(others, 0)
        assert.deepStrictEqual(theCase?.notes, ["Envio do WhatsApp sem confirmação: 502 resultado desconhecido"])
      })
  )

  it.effect("SPEC 9.7, 9.3: what was done before the defect is not done again when the communication continues", () =>
    Effect.gen(function* () {
      const world = yield* preparedWorld()
      // The third request is the dispatch, every later one a note: the consumer is found and the Case is open.
      const { around } = failing("Http.send", 3, Infinity)
      const process = yield* world.startWith(around)
      yield* world.produce(record(), { partition: 0 })
      yield* world.responded(1)
      yield* process.kill
      yield* world.start
      yield* world.produce(record(), { partition: 0 })
      yield* world.until(Effect.map(world.committed, ([offset]) => offset === 2))
      assert.deepStrictEqual(endings(world), { "0/0": "dead_letter", "0/1": "repeat" })
      const [theCase, ...others] = yield* world.serviceNow.cases
      assert.lengthOf(others, 0)
      assert.lengthOf(theCase?.notes ?? [], 1)
      assert.lengthOf(yield* world.weni.requests, 0)
    })
  )
})

it.effect("SPEC 9.5: a slow communication holds up its own records, and no others", () =>
  Effect.gen(function* () {
    const world = yield* preparedWorld({ settings: { maxInFlight: 4 } })
    yield* world.start
    yield* world.serviceNow.faults.add({ kind: "slow", delayMs: 50_000, match: { id: "lenta" } })
    // More of its records than may be at work at once.
    for (let n = 0; n < 6; n++) yield* world.produce(record({ id_correlacao: "lenta" }), { partition: n % 2 })
    for (let n = 0; n < 20; n++) yield* world.produce(record({ id_correlacao: `rapida ${n}` }), { partition: n % 2 })
    const responses = yield* world.responded(20)
    assert.notInclude(
      responses.map(({ id_correlacao }) => id_correlacao),
      "lenta"
    )
    const lastSent = Math.max(...(yield* writes(world.weni)).map(({ at }) => at))
    assert.isBelow(lastSent - eventTime, 1000)
    // Nothing is committed beyond a record that has not ended.
    assert.deepStrictEqual(yield* world.committed, [0, 0])
    yield* world.responded(26)
    yield* world.until(Effect.map(world.committed, (offsets) => offsets.join() === "13,13"))
  })
)
