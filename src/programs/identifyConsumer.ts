import { Clock, Effect } from "effect"

import { consumerKeys, newConsumer } from "../domain/consumer.ts"
import type { ConsumerOrigin, FactOf } from "../domain/Fact.ts"
import { isFinal } from "../domain/failure.ts"
import type { Journey } from "../domain/Journey.ts"
import type { Outbound } from "../domain/Outbound.ts"
import { HasBegun } from "../services/Breakers.ts"
import { ServiceNow, type ServiceNowError } from "../services/ServiceNow.ts"
import { Settings } from "../services/Settings.ts"
import { ConsumerCreation } from "./ConsumerCreation.ts"

const consumerFound = (sysId: string, origem: ConsumerOrigin, avisos: ReadonlyArray<string>) =>
  Effect.map(Clock.currentTimeMillis, (at): FactOf<"ConsumerFound"> => ({
    _tag: "ConsumerFound",
    at,
    sysId,
    origem,
    avisos
  }))

/** Refused with 4xx: the creation will never work, the generic consumer serves (SPEC 3.3). */
const isRefused = ({ reason }: ServiceNowError) => isFinal(reason)

/** The consumer that the Case belongs to: found, created, or the generic one (SPEC 3). Safe to repeat. */
export const identifyConsumer = Effect.fnUntraced(function* (order: Outbound, journey: Journey) {
  const serviceNow = yield* ServiceNow
  const creation = yield* ConsumerCreation
  const { guestConsumer } = (yield* Settings).serviceNow
  const keys = consumerKeys(order.cliente)

  // The first call of a communication, before which nothing of it is durable: it waits until others have ended.
  const { avisos, found } = yield* Effect.provideService(serviceNow.findConsumer(keys), HasBegun, false)
  if (found !== undefined) return yield* consumerFound(found.sysId, found.origem, avisos)

  const missing = newConsumer(order.cliente)
  if (missing === undefined || journey.missingConsumer === "guest")
    return yield* consumerFound(guestConsumer, "generico", avisos)

  return yield* creation.create(order.cliente.id, missing, keys).pipe(
    Effect.flatMap((created) => consumerFound(created.sysId, created.origem, created.avisos)),
    Effect.catchIf(isRefused, (error) =>
      consumerFound(guestConsumer, "generico", [
        ...avisos,
        `consumidor não criado (HTTP ${error.reason._tag === "Refused" ? error.reason.status : 0}); usado o genérico`
      ])
    )
  )
})
