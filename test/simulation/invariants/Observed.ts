import { Effect } from "effect"

import type { StoredCase, StoredRecord } from "../../../simulators/servicenow/inspect.ts"
import type { AcceptedMessage } from "../../../simulators/weni/campaigns.ts"
import type { Fact } from "../../../src/domain/communication/Fact.ts"
import type { ChannelResult, Json } from "../../../src/domain/record/ChannelResult.ts"
import { originKey } from "../../../src/domain/record/Origin.ts"
import { loadFrom } from "../../../src/layers/journal/memory/store.ts"
import type { KafkaRecord } from "../../../src/services/Kafka.ts"
import { headersOf } from "../../support/scene.ts"
import { jsonOf } from "../../support/World.ts"
import type { Delivery, Peculiarity, Scenario } from "../scenario/Scenario.ts"
import type { World } from "../World.ts"

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

/** A record that arrived, and what the service published because of it. */
export interface Arrived extends Delivery {
  /** `topic/partition/offset`. */
  readonly origin: string
  readonly ending: string | undefined
  readonly responses: ReadonlyArray<Response>
  readonly deadLetters: number
}

/** What can be seen from outside when everything is quiet. */
export interface Observed {
  readonly arrived: ReadonlyArray<Arrived>
  readonly responses: ReadonlyArray<Response>
  readonly cases: ReadonlyArray<StoredCase>
  readonly consumers: ReadonlyArray<StoredRecord>
  readonly accepted: ReadonlyArray<AcceptedMessage>
  readonly peculiarity?: Peculiarity
  /** The journal's, of one communication. */
  facts(id: string): ReadonlyArray<Fact>
}

const keyOf = ({ origem }: Response) => origem && `${origem.topico}/${origem.particao}/${origem.offset}`

const letterOf = (letter: KafkaRecord) => {
  const headers = headersOf(letter)
  return `${headers["dlq-topico"]}/${headers["dlq-particao"]}/${headers["dlq-offset"]}`
}

export const observe = (world: World, { deliveries, peculiarity }: Scenario): Observed => {
  const { broker, context, serviceNow, settings, store, weni } = world
  const run = Effect.runSyncWith(context)
  const read = (topic: string) => run(broker.records(topic))
  const responses = read(settings.topics.response).map((record) => jsonOf(record) as Json & Response)
  const byOrigin = Map.groupBy(responses, keyOf)
  const letters = Map.groupBy([...read(settings.topics.inDlq), ...read(settings.topics.inboundDlq)], letterOf)
  const next = new Map<string, number>()
  const arrived = deliveries.map((delivery): Arrived => {
    const topic = settings.topics[delivery.topic]
    const partition = `${topic}/${delivery.partition}`
    const offset = next.get(partition) ?? 0
    next.set(partition, offset + 1)
    const origin = originKey({ topic, partition: delivery.partition, offset })
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
    facts: (id) => run(loadFrom(store, id))
  }
}
