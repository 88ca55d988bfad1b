import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"

import { initial } from "../../../src/domain/communication/State.ts"
import { CorrelationId } from "../../../src/domain/record/Origin.ts"
import { journalMemory } from "../../../src/layers/journal/memory/JournalMemory.ts"
import { openCommunication } from "../../../src/programs/communication/Communication.ts"
import { record } from "../../domain/outbound/records.ts"
import { decideIn } from "../../support/operator.ts"
import { channels } from "../../support/scene.ts"
import { eventTime, makeWorld } from "../../support/World.ts"
import { fixtureId, openedElsewhere } from "../inbound/scene.ts"

it.effect(
  "SPEC 8.2, 5.3: the message of an adopted communication is in doubt, and sent once an operator decides resend",
  () =>
    Effect.gen(function* () {
      const world = yield* makeWorld()
      const { number, sysId } = yield* openedElsewhere(world, { u_id_correlacao: fixtureId })
      // A run was interrupted after it had adopted the Case, before it had planned its event.
      const journey = "pedido_entregue_amanha"
      const adopted = {
        _tag: "Adopted",
        at: eventTime,
        sysId,
        number,
        journey,
        state: "10",
        assignmentGroup: ""
      } as const
      yield* Effect.flatMap(openCommunication(CorrelationId.make(fixtureId), initial), ({ record }) =>
        record([adopted])
      ).pipe(Effect.provide(journalMemory(world.store)))
      yield* world.start
      yield* world.produce(record())
      const [first] = yield* world.responded(1)
      assert.strictEqual(channels(first).whatsapp?.response.resultado, "desconhecido")
      assert.lengthOf(yield* world.weni.dispatches, 0)
      yield* TestClock.adjust("5 minutes")
      yield* decideIn(world, "resend")
      const [, second] = yield* world.responded(2)
      assert.strictEqual(channels(second).whatsapp?.status, "success")
      assert.lengthOf(yield* world.weni.dispatches, 1)
      assert.lengthOf(yield* world.serviceNow.cases, 1)
    })
)
