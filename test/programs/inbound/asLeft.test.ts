import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

import type { FaultRule } from "../../../simulators/core/FaultRule.ts"
import type { ServiceNowOptions } from "../../../simulators/servicenow/options.ts"
import { record } from "../../domain/outbound/records.ts"
import { preparedWorld } from "../../support/scene.ts"
import { caseOf, fixtureId, humanGroup, openedElsewhere, peopleChange, reply, told } from "./scene.ts"

/** Half a minute before the desk opens. */
const at = Date.parse("2025-10-01T10:59:30Z")
const ourGroup = "0123456789abcdef0123456789abcdef"
const rulesGroup = "fedcba9876543210fedcba9876543210"

/** Every read of the Case when the SIM comes is refused, so that only earlier knowledge decides. */
const unread: FaultRule = {
  kind: "status",
  status: 403,
  times: 3,
  match: { method: "GET", path: "/api/now/table/sn_customerservice_case/" }
}

/** A Case that `options` have changed from what was sent, and a SIM whose close is due soon. */
const scheduled = Effect.fnUntraced(function* (options: ServiceNowOptions, faults: ReadonlyArray<FaultRule> = []) {
  const world = yield* preparedWorld({ at, settings: { serviceNow: { assignmentGroup: ourGroup, humanGroup } } })
  yield* world.serviceNow.change(options)
  for (const fault of faults) yield* world.serviceNow.faults.add(fault)
  yield* world.start
  yield* world.produce(record())
  yield* world.responded(1)
  yield* told(world, reply("SIM"))
  return world
})

describe("the Case as we left it", () => {
  const instances: Readonly<Record<string, ServiceNowOptions>> = {
    "strips the group": { stripFields: ["assignment_group"] },
    "has an assignment rule": { assignmentRule: rulesGroup },
    "keeps what is sent": {}
  }
  for (const [name, options] of Object.entries(instances)) {
    const found: FaultRule = { kind: "drop", when: "after", match: { method: "POST", path: "/api/now/table/sn_" } }
    for (const [known, faults] of Object.entries({
      "as it was read at the SIM": [],
      "as its POST was answered": [unread],
      "as it was found": [found, unread]
    })) {
      it.effect(`SPEC 8.8: an instance that ${name}: ${known}: closed`, () =>
        Effect.gen(function* () {
          const world = yield* scheduled(options, faults)
          yield* world.responded(3)
          assert.strictEqual((yield* caseOf(world)).fields.state, "6")
        })
      )

      it.effect(`SPEC 8.8: an instance that ${name}: ${known}: another group since is a takeover`, () =>
        Effect.gen(function* () {
          const world = yield* scheduled(options, faults)
          yield* peopleChange(world, { assignment_group: humanGroup, state: 10 })
          yield* world.serviceNow.change({ stripFields: [] })
          yield* peopleChange(world, { assignment_group: humanGroup })
          yield* world.responded(3)
          assert.strictEqual((yield* caseOf(world)).fields.state, "10")
        })
      )
    }
  }

  it.effect("SPEC 8.8: the plan of a SIM has the Case as it was read then", () =>
    Effect.gen(function* () {
      const world = yield* scheduled({})
      const plan = (yield* world.facts(fixtureId)).find(({ _tag }) => _tag === "EventPlanned")
      assert.deepInclude(plan, { caseState: "10", assignmentGroup: ourGroup })
    })
  )

  for (const change of [{ state: 18 }, { assignment_group: humanGroup }]) {
    it.effect(`SPEC 8.8: people who had the Case before the SIM keep it: ${Object.keys(change).join()}`, () =>
      Effect.gen(function* () {
        const world = yield* preparedWorld({ at, settings: { serviceNow: { assignmentGroup: ourGroup } } })
        yield* world.start
        yield* world.produce(record())
        yield* world.responded(1)
        yield* peopleChange(world, change)
        yield* told(world, reply("SIM"))
        yield* world.responded(3)
        assert.notStrictEqual((yield* caseOf(world)).fields.state, "6")
      })
    )
  }

  const adopted = Effect.fnUntraced(function* (change: Record<string, unknown>, faults: ReadonlyArray<FaultRule>) {
    const world = yield* preparedWorld({ at, settings: { serviceNow: { assignmentGroup: ourGroup, humanGroup } } })
    const fields = { u_id_correlacao: fixtureId, state: 18, assignment_group: rulesGroup }
    const { number } = yield* openedElsewhere(world, fields)
    yield* world.start
    for (const fault of faults) yield* world.serviceNow.faults.add(fault)
    yield* told(world, reply("SIM", { context: { id_case: number } }))
    yield* world.produce(record())
    yield* world.responded(2)
    yield* peopleChange(world, change)
    yield* world.until(Effect.map(world.responses, (all) => all.some(({ evento }) => evento === "fechamento")))
    assert.lengthOf(yield* world.serviceNow.cases, 1)
    return (yield* caseOf(world)).fields.state
  })

  for (const [name, faults] of Object.entries({ "": [], ", which the SIM could not read": [unread] })) {
    it.effect(`SPEC 8.2, 8.8: an adopted Case${name}, whose order comes late, is closed as it was found`, () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* adopted({ priority: 1 }, faults), "6")
      })
    )

    it.effect(`SPEC 8.2, 8.8: an adopted Case${name}, whose order comes late, is not closed when it has changed`, () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* adopted({ state: 10 }, faults), "10")
      })
    )
  }
})
