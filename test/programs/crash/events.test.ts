import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"

import { channels, joao } from "../../support/scene.ts"
import { fixture, makeWorld, type World } from "../../support/World.ts"
import { caseOf, fixtureId, notesOf, peopleChange, told } from "../inbound/scene.ts"
import { atEachBoundary, crashAt } from "./crashAt.ts"
import { type EventScenario, eventScenarios } from "./eventScenarios.ts"

const step = 250

/** Everything has ended, and nothing waits for a time. */
const isOver = (world: World, { before = [], records }: EventScenario) =>
  Effect.map(
    world.inboundCommitted,
    ([offset = 0]) =>
      offset === before.length + records.length &&
      world.store.parked.size === 0 &&
      [...world.store.communications.values()].some(({ view }) => view.status !== "working") &&
      [...world.store.communications.values()].every(({ view }) => view.due === undefined && view.held === undefined)
  )

const prepare = Effect.fnUntraced(function* (scenario: EventScenario) {
  const {
    alone = false,
    at,
    before = [],
    early,
    instance = {},
    people,
    records,
    serviceNow,
    serviceNowBefore
  } = scenario
  const world = yield* makeWorld({ alone, earlierCase: true, ...(at !== undefined && { at }) })
  yield* world.serviceNow.seed([joao])
  if (early === undefined) {
    const process = yield* world.start
    yield* world.produce(fixture("comunicacaoTransacional.json"))
    yield* world.responded(1)
    if (serviceNowBefore) yield* world.serviceNow.faults.add(serviceNowBefore)
    yield* told(world, ...before)
    yield* process.stop
  }
  if (people) yield* peopleChange(world, people)
  yield* world.serviceNow.change(instance)
  for (const fault of [serviceNow ?? []].flat()) yield* world.serviceNow.faults.add(fault)
  for (const value of records) yield* world.answer(JSON.stringify(value), { partition: 0 })
  return world
})

/** One communication. Its first process crashes at the given boundary, 0 for never, and the next one does not. */
const run = Effect.fnUntraced(function* (scenario: EventScenario, death: number) {
  const world = yield* prepare(scenario)
  let sent = scenario.early === undefined
  const { around, count, crashed } = crashAt(death)
  const either = (condition: Effect.Effect<boolean>) =>
    world.until(
      Effect.map(Effect.all([crashed, condition]), ([dead, done]) => dead || done),
      step
    )
  const work = Effect.fnUntraced(function* (reached: typeof either) {
    if (!sent) yield* reached(Effect.sync(() => world.store.parked.size === 1))
    if (!sent && world.store.parked.size === 1) {
      sent = true
      yield* world.produce(fixture("comunicacaoTransacional.json"))
    }
    yield* reached(isOver(world, scenario))
  })
  const process = yield* world.startWith(around)
  yield* work(either)
  yield* process.kill
  yield* world.start
  yield* work((condition) => world.until(condition, step))
  // Late effects must have happened before the notes are counted.
  yield* TestClock.adjust("25 seconds")
  yield* assertPromises(world, scenario, `death at ${death}`)
  return count()
})

/** SPEC 9.3, 8.11: what must be true when everything has ended. */
const assertPromises = Effect.fnUntraced(function* (world: World, scenario: EventScenario, where: string) {
  const same = <A>(actual: A, expected: A, what: string) =>
    assert.deepStrictEqual(actual, expected, `${what}, ${where}`)
  // A dispatch whose answer was lost with the process is in doubt, and the event settles that.
  const own = (yield* notesOf(world)).filter((note) => !note.startsWith("WhatsApp confirmado"))
  same(own, scenario.notes, "notes")
  same((yield* caseOf(world)).fields.state, scenario.state, "state")
  same((yield* world.serviceNow.cases).length, 1, "Cases")
  assert.isAtMost((yield* world.weni.accepted).get(fixtureId) ?? 0, 1, `accepted dispatches, ${where}`)

  const responses = yield* world.responses
  const byId = new Map(responses.map((response) => [response.id_resposta, response]))
  for (const response of responses) same(response, byId.get(response.id_resposta), "one content for one id_resposta")
  const [first, ...others] = [...byId.values()]
  // The event that settled a doubt brings one more response of the communication.
  const wasInDoubt = channels(first).whatsapp?.response.resultado === "desconhecido"
  const eventos = others.map(({ evento }) => evento).filter((evento) => !wasInDoubt || evento !== "comunicacao")
  // A record that ended while its event waited does not come again, so its response may follow a later one.
  const inOrder = (all: ReadonlyArray<unknown>) => (scenario.alone === true ? all.toSorted() : all)
  same([first?.evento, ...inOrder(eventos)], ["comunicacao", ...inOrder(scenario.eventos)], "responses")
  assert.isAtMost(others.length - eventos.length, 1, where)
  same((yield* world.inboundDeadLetters).length, 0, "dead letters")
})

describe("a crash at every boundary of what customers do", () => {
  for (const [name, scenario] of Object.entries(eventScenarios)) {
    it.effect(`SPEC 9.3, 6.4, 8.3, 8.8, 8.11: ${name}`, () =>
      Effect.gen(function* () {
        yield* atEachBoundary((death) => run(scenario, death), 5)
      })
    )
  }
})
