import { Effect } from "effect"

import type { StoredCase, StoredRecord } from "../../../simulators/servicenow/inspect.ts"
import type { AcceptedMessage } from "../../../simulators/weni/campaigns.ts"
import type { Fact } from "../../../src/domain/communication/Fact.ts"
import type { ChannelResult, Json } from "../../../src/domain/record/ChannelResult.ts"
import { originKey } from "../../../src/domain/record/Origin.ts"
import type { KafkaRecord } from "../../../src/services/Kafka.ts"
import { headersOf } from "../../support/scene.ts"
import { jsonOf } from "../../support/World.ts"
import { everIn, generationOf } from "../anew.ts"
import type { Delivery, Peculiarity, Scenario } from "../scenario/Scenario.ts"
import { storedFacts, type World } from "../World.ts"

export interface Response {
  readonly id_correlacao: string | null
  readonly id_resposta: string
  readonly evento: string
  readonly duplicado?: true
  readonly origem?: { readonly topico: string; readonly particao: number; readonly offset: number }
  readonly erro?: { readonly codigo: string }
  readonly resultados: {
    readonly whatsapp?: ChannelResult
    readonly itsm?: ChannelResult & { readonly atualizacoes?: unknown }
  }
}

/** A record that arrived, and the responses and dead letters that it caused. */
export interface Arrived extends Delivery {
  /** `topic/partition/offset`. */
  readonly origin: string
  readonly ending: string | undefined
  readonly responses: ReadonlyArray<Response>
  readonly deadLetters: number
}

/** Everything that is visible from outside once the service is quiet. */
export interface Observed {
  readonly arrived: ReadonlyArray<Arrived>
  readonly responses: ReadonlyArray<Response>
  readonly cases: ReadonlyArray<StoredCase>
  readonly consumers: ReadonlyArray<StoredRecord>
  readonly accepted: ReadonlyArray<AcceptedMessage>
  readonly peculiarity?: Peculiarity
  /** The facts of one communication in the journal. */
  facts(id: string): ReadonlyArray<Fact>
}

/** The record that a response of that time answers. If there are several logs, the stored response says which one. */
const keyOf = (world: World, { duplicado, id_resposta, origem }: Response, at: number): string | undefined => {
  if (origem === undefined) return undefined
  const { offset, particao: partition, topico: topic } = origem
  const place = originKey({ topic, partition, offset })
  if (!world.anewAt.has(topic)) return place
  const [, id = "", number] = /^(.*)#(\d+)$/.exec(id_resposta) ?? []
  const stored = storedFacts(world, id).filter((fact) => fact._tag === "ResponseStored")
  const origin = stored.find((one) => one.number === Number(number))?.origin
  // A repeat's response has the place of the repeat.
  if (duplicado !== true && origin !== undefined && originKey({ ...origin, generation: 1 }) === place)
    return originKey(origin)
  const isAnew = at >= (world.anewAt.get(topic) ?? Infinity)
  return originKey({ topic, partition, offset, ...(isAnew && generationOf(world, topic, partition)) })
}

const letterOf = (letter: KafkaRecord) => {
  const headers = headersOf(letter)
  const generation = headers["dlq-geracao"]
  const place = `${headers["dlq-topico"]}/${headers["dlq-particao"]}/${headers["dlq-offset"]}`
  return generation === undefined ? place : `${place}~${generation}`
}

export const observe = (world: World, { deliveries, peculiarity }: Scenario): Observed => {
  const { broker, context, serviceNow, settings, store, weni } = world
  const run = Effect.runSyncWith(context)
  const read = (topic: string) => run(broker.records(topic))
  const published = read(settings.topics.response)
  const responses = published.map((record) => jsonOf(record) as Json & Response)
  /** The places of the records that are not redriven dead letters. */
  const firstOrigins = (topic: string, partition: number): ReadonlyArray<string> =>
    everIn(world, topic, partition).flatMap(({ origin, record }) =>
      "dlq-redrive" in headersOf(record) ? [] : [originKey(origin)]
    )
  const byOrigin = Map.groupBy(responses, (response, index) => keyOf(world, response, published[index]?.timestamp ?? 0))
  const letters = Map.groupBy([...read(settings.topics.inDlq), ...read(settings.topics.inboundDlq)], letterOf)
  const taken = new Map<string, number>()
  const arrived = deliveries.map((delivery): Arrived => {
    const topic = settings.topics[delivery.topic]
    const partition = `${topic}/${delivery.partition}`
    const index = taken.get(partition) ?? 0
    taken.set(partition, index + 1)
    const origin = firstOrigins(topic, delivery.partition)[index] ?? `${partition}/?`
    return {
      ...delivery,
      origin,
      ending: store.records.get(origin)?.ending,
      responses: byOrigin.get(origin) ?? [],
      deadLetters: letters.get(origin)?.length ?? 0
    }
  })
  return {
    arrived,
    responses,
    cases: run(serviceNow.cases),
    consumers: run(serviceNow.consumers),
    accepted: run(weni.dispatches),
    ...(peculiarity !== undefined && { peculiarity }),
    facts: (id) => storedFacts(world, id)
  }
}
