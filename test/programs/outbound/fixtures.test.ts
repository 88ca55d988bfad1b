import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"

import type { Json } from "../../../src/domain/record/ChannelResult.ts"
import { record } from "../../domain/outbound/records.ts"
import {
  bodyOf,
  channels,
  fixtureId,
  headersOf,
  journeysWith,
  preparedWorld,
  runningWorld,
  textOf,
  writes
} from "../../support/scene.ts"
import { fixture, jsonOf, type World } from "../../support/World.ts"

const sysId = /^[0-9a-f]{32}$/
const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

/** The response with the fixture's times, sys_ids and origin in place of its own: what varies (fixtures/README). */
const likeFixture = (response: Json | undefined, expected: Json): Json => {
  const { itsm } = channels(response)
  const known = channels(expected).itsm
  assert.match(String(response?.tims_resposta), isoTime)
  if (itsm !== undefined) assert.match(String(itsm.response.sys_id), sysId)
  const [update] = itsm?.atualizacoes ?? []
  const [knownUpdate] = known?.atualizacoes ?? []
  const withoutTime = (note: unknown) => String(note).replace(/\d\d:\d\d:\d\d$/, "")
  assert.strictEqual(withoutTime(update?.request?.work_notes), withoutTime(knownUpdate?.request?.work_notes))
  return {
    ...response,
    tims_resposta: expected.tims_resposta,
    origem: expected.origem,
    resultados: {
      ...(response?.resultados as Json),
      ...(itsm !== undefined && {
        itsm: {
          ...itsm,
          response: { ...itsm.response, sys_id: known?.response.sys_id },
          ...(update !== undefined && { atualizacoes: [{ ...update, request: knownUpdate?.request }] })
        }
      })
    }
  }
}

/** Equal as text: the order of keys is what the fixture shows, too. */
const same = (actual: unknown, expected: unknown) =>
  assert.strictEqual(JSON.stringify(actual, null, 2), JSON.stringify(expected, null, 2))

const responseRecord = (world: World, index = 0) =>
  Effect.map(world.broker.records(world.settings.topics.response), (all) => all[index])

describe("golden files", () => {
  it.effect("SPEC 4.1, 5.1: the fixture record causes exactly the fixture requests", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      yield* world.produce(fixture("comunicacaoTransacional.json"))
      yield* world.responded(1)
      const [post, patch, ...more] = yield* writes(world.serviceNow)
      const [dispatch, ...others] = yield* writes(world.weni)
      same(bodyOf(post), fixture("case.json"))
      same(bodyOf(dispatch), fixture("dispatch.json"))
      same(bodyOf(patch), { work_notes: "WhatsApp enviado com sucesso 30/09/2025 12:30:00" })
      assert.deepStrictEqual([more, others], [[], []])
    })
  )

  it.effect("SPEC 7.1: the fixture record is answered by the fixture response, its headers and its key", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      const traceId = "4bf92f3577b34da6a3ce929d0e0e4736"
      yield* world.produce(fixture("comunicacaoTransacional.json"), {
        headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-01` }
      })
      const [response] = yield* world.responded(1)
      same(likeFixture(response, fixture("response.json")), fixture("response.json"))
      const published = yield* responseRecord(world)
      assert.strictEqual(textOf(published?.key), fixtureId)
      const { traceparent, ...headers } = headersOf(published)
      assert.deepStrictEqual(headers, {
        id_correlacao: fixtureId,
        id_resposta: `${fixtureId}#1`,
        evento: "comunicacao",
        response_status: "success",
        "content-type": "application/json"
      })
      assert.match(traceparent ?? "", new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`))
    })
  )

  it.effect("SPEC 5.3, 6.1, 7.1: Weni that does not answer causes the fixture response of a time-out", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      yield* world.weni.faults.add({ kind: "timeout" })
      yield* world.produce(fixture("comunicacaoTransacional.json"))
      const [response] = yield* world.responded(1)
      same(likeFixture(response, fixture("response-timeout.json")), fixture("response-timeout.json"))
    })
  )

  it.effect("SPEC 1.4: a repeat is answered by the fixture repeat, marked in its headers", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      yield* world.produce(fixture("comunicacaoTransacional.json"))
      yield* world.produce(fixture("comunicacaoTransacional.json"))
      const [, repeat] = yield* world.responded(2)
      same(likeFixture(repeat, fixture("responses/repeticao.json")), fixture("responses/repeticao.json"))
      const published = (yield* world.broker.records(world.settings.topics.response)).find(
        (it) => jsonOf(it).duplicado === true
      )
      assert.strictEqual(headersOf(published).duplicado, "true")
      assert.strictEqual(textOf(published?.key), fixtureId)
    })
  )

  const refusals: ReadonlyArray<{
    readonly name: string
    readonly clause: string
    readonly before?: Json
    readonly value: Json | string
    readonly expiresAfter?: string
    readonly file: string
    /** Free text (fixtures/README), if it is not the fixture's. */
    readonly detalhe?: string
    readonly key: string | null
    readonly deadLetter: boolean
  }> = [
    {
      name: "other content",
      clause: "1.5",
      before: record({ "cliente.num_telefone": "+5511988887777" }),
      value: record(),
      file: "responses/conflito.json",
      key: fixtureId,
      deadLetter: false
    },
    {
      name: "too old",
      clause: "2.5",
      value: record(),
      expiresAfter: "24 hours",
      file: "responses/expirada.json",
      key: fixtureId,
      deadLetter: false
    },
    {
      name: "an unknown journey",
      clause: "2.6",
      value: record({ cod_jornada: "pedido_x" }),
      file: "responses/jornada_desconhecida.json",
      key: fixtureId.replace("pedido_entregue_amanha", "pedido_x"),
      deadLetter: true
    },
    {
      name: "no JSON",
      clause: "2.1",
      value: "{",
      file: "responses/mensagem_invalida.json",
      detalhe: "o valor não é JSON válido",
      key: null,
      deadLetter: true
    }
  ]

  for (const { before, clause, deadLetter, detalhe, expiresAfter, file, key, name, value } of refusals) {
    it.effect(`SPEC ${clause}, 7.1: ${name} is answered as in ${file}`, () =>
      Effect.gen(function* () {
        const world = yield* preparedWorld(
          expiresAfter === undefined ? {} : { journeys: journeysWith({ expiresAfter }) }
        )
        if (expiresAfter !== undefined) yield* TestClock.adjust("25 hours")
        yield* world.start
        if (before !== undefined) yield* world.produce(before, { partition: 0 })
        const { offset } = yield* world.produce(value, { partition: 0 })
        const response = (yield* world.responded(offset + 1)).at(-1)
        const expected = fixture(file)
        const varying = {
          tims_resposta: response?.tims_resposta,
          id_resposta: `comunicacaoTransacional/0/${offset}`,
          origem: { topico: "comunicacaoTransacional", particao: 0, offset },
          ...(detalhe !== undefined && { erro: { ...(expected.erro as Json), detalhe } })
        }
        same(response, { ...expected, ...varying })
        assert.match(String(response?.tims_resposta), isoTime)
        const published = yield* responseRecord(world, (yield* world.responses).length - 1)
        const { traceparent, ...headers } = headersOf(published)
        assert.match(traceparent ?? "", /^00-/)
        assert.strictEqual(textOf(published?.key), key)
        assert.deepStrictEqual(headers, {
          ...(key !== null && { id_correlacao: key }),
          id_resposta: `comunicacaoTransacional/0/${offset}`,
          evento: String(expected.evento),
          response_status: "failure",
          "content-type": "application/json"
        })
        assert.lengthOf(yield* world.deadLetters, deadLetter ? 1 : 0)
      })
    )
  }
})
