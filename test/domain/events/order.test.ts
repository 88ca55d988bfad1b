import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"

import type { Json } from "../../../src/domain/Canal.ts"
import type { InboundEvent } from "../../../src/domain/inbound/InboundEvent.ts"
import { journey } from "../records.ts"
import { afterAll, type Happening } from "./modelCase.ts"

const at = Date.UTC(2025, 8, 30, 15, 30)
const noon = Date.UTC(2025, 8, 30, 15)
const evening = Date.UTC(2025, 9, 1, 1)
const theJourney = { ...journey(), resolutionCode: "Solved", deliveredField: "u_d", readField: "u_r" }

const time = fc.integer({ min: 0, max: 5 }).map((minutes) => at + minutes * 60_000)
const messageId = fc.constantFrom("a", "b", "c")
const status = fc.record({ kind: fc.constantFrom("sent", "delivered", "read", "failed"), at: time, messageId })
const answer = fc.record({
  kind: fc.constant("reply"),
  at: time,
  messageId,
  text: fc.constantFrom("SIM", "sim!", "NÃO", "Oi")
})

/** Each message has each kind at one time: what is called a duplicate is one. */
const distinct = (events: ReadonlyArray<InboundEvent>) => [
  ...new Map(events.map((one) => [JSON.stringify([one.kind, one.messageId, one.text]), one])).values()
]
const events = fc.array(fc.oneof(status, answer) as fc.Arbitrary<InboundEvent>, { maxLength: 8 }).map(distinct)

const now = fc.constantFrom(noon, evening)

/** The same events in some order, some of them twice, at any time of day, with the desk opening in between. */
const history = (of: ReadonlyArray<InboundEvent>): fc.Arbitrary<ReadonlyArray<Happening>> =>
  fc
    .tuple(
      fc.shuffledSubarray([...of], { minLength: of.length }),
      fc.subarray([...of]),
      fc.array(fc.nat({ max: 20 }), { maxLength: 10 }),
      fc.array(now, { minLength: of.length * 2, maxLength: of.length * 2 }),
      fc.array(fc.nat({ max: 20 }), { maxLength: 3 })
    )
    .map(([order, again, places, times, openings]) => {
      const all: Array<InboundEvent> = [...order]
      for (const [index, one] of again.entries()) all.splice((places[index] ?? 0) % (all.length + 1), 0, one)
      const happenings: Array<Happening> = all.map((event, index) => ({ event, now: times[index] ?? noon }))
      for (const place of openings) happenings.splice(place % (happenings.length + 1), 0, "opening")
      happenings.push("opening")
      return happenings
    })

const isDelivery = (note: string) => note.startsWith("Mensagem ")

/** What SPEC 8.5 says of the Case, and the times of its own fields. */
const ending = (happenings: ReadonlyArray<Happening>): Json => {
  const { fields, notes } = afterAll(theJourney, happenings).theCase
  const { close_notes = "", resolution_code = "", ...rest } = fields
  return { ...rest, close_notes, resolution_code, delivery: notes.findLast(isDelivery) }
}

const expected = (of: ReadonlyArray<InboundEvent>) => {
  const first = (kind: string) => {
    const times = of.filter((one) => one.kind === kind).map((one) => one.at)
    return times.length === 0 ? undefined : Math.min(...times)
  }
  const said = (words: ReadonlyArray<string>) => of.some(({ text }) => text !== undefined && words.includes(text))
  return { delivered: first("delivered"), read: first("read"), yes: said(["SIM", "sim!"]), no: said(["NÃO"]) }
}

const local = (ms: number) => `30/09/2025 12:${new Date(ms).toISOString().slice(14, 19)}`

describe("SPEC 8.5: order does not matter", () => {
  it("any order of the same events, with duplicates, ends in the same Case", () => {
    const histories = events.chain((of) => fc.tuple(history(of), history(of)))
    fc.assert(
      fc.property(histories, ([one, other]) => assert.deepStrictEqual(ending(one), ending(other))),
      { numRuns: 2000 }
    )
  })

  it("which is the Case that the answers and the times say, whatever came first", () => {
    const histories = events.chain((of) => fc.tuple(fc.constant(of), history(of)))
    fc.assert(
      fc.property(histories, ([of, happenings]) => {
        const { delivered, no, read, yes } = expected(of)
        const { close_notes, delivery, priority, state, ...group } = ending(happenings)
        assert.deepStrictEqual([state, priority], no ? [10, 2] : yes ? [6, 3] : [10, 3])
        assert.strictEqual("assignment_group" in group, no)
        assert.strictEqual(close_notes !== "", yes && !no)
        const told = [
          ...(delivered === undefined ? [] : [`entregue as ${local(delivered)}`]),
          ...(read === undefined ? [] : [`lida as ${local(read)}`])
        ]
        assert.strictEqual(delivery, told.length === 0 ? undefined : `Mensagem ${told.join(" e ")}`)
      }),
      { numRuns: 1000 }
    )
  })

  it("duplicates write nothing", () => {
    const histories = events.chain((of) => fc.tuple(fc.constant(of), history(of)))
    fc.assert(
      fc.property(histories, ([of, happenings]) => {
        const seen = new Set<string>()
        const once = happenings.filter((happening) => {
          const key = happening === "opening" ? undefined : JSON.stringify(happening.event)
          if (key === undefined) return true
          if (seen.has(key)) return false
          return seen.add(key)
        })
        assert.deepStrictEqual(afterAll(theJourney, happenings).theCase.notes, afterAll(theJourney, once).theCase.notes)
        assert.strictEqual(afterAll(theJourney, happenings).state.events.byKey.size, of.length)
      }),
      { numRuns: 500 }
    )
  })
})
