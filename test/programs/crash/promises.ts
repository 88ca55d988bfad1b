import { assert } from "@effect/vitest"
import { Effect } from "effect"

import { fold } from "../../../src/domain/communication/State.ts"
import type { Json } from "../../../src/domain/record/ChannelResult.ts"
import { originKey } from "../../../src/domain/record/Origin.ts"
import { fixtureId } from "../../support/scene.ts"
import type { World } from "../../support/World.ts"
import type { Scenario } from "./scenarios.ts"

/** An attempt of the dispatch was begun, and its answer is not in the journal. */
export const hasLostAttempt = (world: World) =>
  Effect.map(world.facts(fixtureId), (facts) => fold(facts).dispatch.open.size > 0)

const outcomeOf = (response: Json) => {
  const { whatsapp } = response.resultados as { readonly whatsapp?: { readonly response: Json } }
  return whatsapp?.response.resultado
}

/**
 * The content that all responses of one communication share. A refused record is refused again after a crash, at
 * another time.
 */
const contentOf = (response: Json): Json => ({
  ...response,
  duplicado: undefined,
  origem: undefined,
  ...(response.erro !== undefined && { tims_resposta: undefined })
})

/** SPEC 9.3, 2.7: what must be true when every record has ended, whatever crashed on the way. */
export const assertPromises = Effect.fnUntraced(function* (
  world: World,
  scenario: Scenario,
  lostAttempt: boolean,
  where: string
) {
  const same = <A>(actual: A, expected: A, what: string) =>
    assert.deepStrictEqual(actual, expected, `${what}, ${where}`)
  const doubt = lostAttempt || scenario.inDoubt === true

  const cases = yield* world.serviceNow.cases
  same(cases.length, scenario.cases, "Cases")
  same(cases.flatMap(({ notes }) => notes).length, scenario.notes, "notes")
  same((yield* world.serviceNow.consumers).length, scenario.cases === 0 && scenario.newConsumer ? 0 : 1, "consumers")

  const accepted = (yield* world.weni.accepted).get(fixtureId) ?? 0
  if (doubt) assert.isAtMost(accepted, 1, `accepted dispatches, ${where}`)
  else same(accepted, scenario.sent ? 1 : 0, "accepted dispatches")

  const endings = [...world.store.records.values()]
  same(endings.map(({ ending }) => ending).sort(), [...scenario.endings].sort(), "endings")
  same(
    (yield* world.committed).filter((offset) => offset !== undefined && offset > 0),
    scenario.records.map(() => 1),
    "committed"
  )

  const responses = yield* world.responses
  const [first = {}] = responses
  for (const { origin } of endings) {
    const own = responses.filter(
      ({ origem }) =>
        JSON.stringify(origem) ===
        JSON.stringify({
          topico: origin.topic,
          particao: origin.partition,
          offset: origin.offset
        })
    )
    assert.isAbove(own.length, 0, `a response for ${originKey(origin)}, ${where}`)
    for (const response of own) same(contentOf(response), contentOf(first), "one content")
  }
  same(new Set(responses.map(outcomeOf)), new Set([doubt ? "desconhecido" : undefined]), "doubt")
})
