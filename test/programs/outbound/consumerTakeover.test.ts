import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"

import { ConsumerCreation } from "../../../src/programs/outbound/ConsumerCreation.ts"
import { ConsumerCreationCluster } from "../../../src/programs/outbound/ConsumerCreationCluster.ts"
import { CurrentLease, unquestioned } from "../../../src/services/Ownership.ts"
import { ServiceNow } from "../../../src/services/ServiceNow.ts"
import { ShardOwnership } from "../../../src/services/ShardOwnership.ts"
import { ClusterMemory } from "../../support/ClusterMemory.ts"
import { SettingsTest } from "../../support/settings.ts"

/** Creates one customer in a process that took him over: nobody else began a call after `validFrom`, epoch milliseconds. */
const calls = Effect.fnUntraced(function* (
  validFrom: number,
  Creation: typeof ConsumerCreation.layerLocal | typeof ConsumerCreationCluster
) {
  const made: Array<readonly [call: string, at: number]> = []
  const note = (call: string) => Effect.map(Clock.currentTimeMillis, (at) => void made.push([call, at]))
  const vendor = Layer.mock(ServiceNow)({
    findConsumer: () => Effect.as(note("find"), { avisos: [], answered: [] }),
    createConsumer: () => Effect.as(note("create"), { sysId: "new", avisos: [] })
  })
  const ownership = Layer.succeed(
    ShardOwnership,
    ShardOwnership.of({ lease: () => Effect.succeed({ ...unquestioned, validFrom }) })
  )
  const layer = Creation.pipe(Layer.provide([vendor, ownership, ClusterMemory]), Layer.provide(SettingsTest({})))
  const creation = Effect.flatMap(ConsumerCreation, (it) =>
    it.create("customer", { firstName: "Ana", phone: "+5511999990000" }, { phone: "+5511999990000" })
  )
  const leased = Effect.provideService(creation, CurrentLease, { ...unquestioned, validFrom })
  const fiber = yield* Effect.forkChild(Effect.provide(leased, layer))
  for (let second = 0; second < 10; second++) yield* TestClock.adjust("1 second")
  assert.deepStrictEqual(yield* Fiber.join(fiber), { sysId: "new", origem: "criado", avisos: [] })
  return made
})

describe.each([
  ["of one process", ConsumerCreation.layerLocal],
  ["of replicas", ConsumerCreationCluster]
] as const)("the creation of customers %s", (_, Creation) => {
  it.effect(
    "SPEC 3.3, DESIGN Ownership: after a takeover it looks once the old holder can no longer create the customer",
    () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(1_000_000)
        assert.deepStrictEqual(yield* calls(1_006_000, Creation), [
          ["find", 1_006_000],
          ["create", 1_006_000]
        ])
      })
  )
})
