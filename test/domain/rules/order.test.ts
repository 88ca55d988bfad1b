import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"

import { dispatchOutcome } from "../../../src/domain/communication/State.ts"
import type { InboundEvent } from "../../../src/domain/inbound/InboundEvent.ts"
import type { Json } from "../../../src/domain/record/ChannelResult.ts"
import { viewOf } from "../../../src/domain/views/View.ts"
import { journey } from "../outbound/records.ts"
import { afterAll, doubtful, type Happening } from "./modelCase.ts"

const at = Date.UTC(2025, 8, 30, 15, 30)
const noon = Date.UTC(2025, 8, 30, 15)
const evening = Date.UTC(2025, 9, 1, 1)
const theJourney = { ...journey(), resolutionCode: "Solved", deliveredField: "u_d", readField: "u_r" }

const time = fc.integer({ min: 0, max: 5 }).map((minutes) => at + minutes * 60_000)
const messageId = fc.constantFrom("a", "b")
/** Without a message id, only kind, time and text tell events apart. */
const anonymous: { requiredKeys: Array<"kind" | "at"> } = { requiredKeys: ["kind", "at"] }
const statuses = fc.constantFrom("sent", "delivered", "read")
const status = fc.record({ kind: statuses, at: time, messageId }, anonymous)
const code = fc.constantFrom("1", "2")
const failure = fc.record({ kind: fc.constant("failed"), at: time, messageId, code }, anonymous)
const text = fc.constantFrom("SIM", "sim!", "NÃO", "Oi", "Sim?")
const answer = fc.record(
  { kind: fc.constant("reply"), at: time, messageId, text },
  { requiredKeys: ["kind", "at", "text"] }
)
const event = fc.oneof(status, failure, answer) as fc.Arbitrary<InboundEvent>
const events = fc.array(event, { maxLength: 8 })

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

const isTimes = (note: string) => note.startsWith("Mensagem ")
const isDelivery = (note: string) => isTimes(note) || note.startsWith("Falha ")

/** What SPEC 8.5 says of the Case, and the times of its own fields. */
const ending = (happenings: ReadonlyArray<Happening>): Json => {
  const { fields, notes } = afterAll(theJourney, happenings).theCase
  const { close_notes = "", resolution_code = "", ...rest } = fields
  const [told, delivery] = [notes.findLast(isTimes), notes.findLast(isDelivery)]
  return { ...rest, close_notes, resolution_code, told, delivery }
}

/** The earliest event about each message, or about none. Its duplicates do not count. */
const earliest = (of: ReadonlyArray<InboundEvent>, kind: InboundEvent["kind"]): ReadonlyArray<InboundEvent> => {
  const all = of.filter((one) => one.kind === kind)
  const order = ({ at: time, code = "" }: InboundEvent) => `${time} ${code}`
  return all.filter((one) => {
    const same = all.filter(
      (other) => other.messageId === one.messageId && (one.messageId ?? other.at) === (one.messageId ?? one.at)
    )
    return same.every((other) => order(one) <= order(other))
  })
}

const expected = (of: ReadonlyArray<InboundEvent>) => {
  const [delivered, read, failed] = [earliest(of, "delivered"), earliest(of, "read"), earliest(of, "failed")]
  const first = (all: ReadonlyArray<InboundEvent>) => Math.min(...all.map((one) => one.at))
  const alive = Math.max(...[...delivered, ...read].map((one) => one.at))
  const failures = failed.filter((one) => one.at > alive).map((one) => `${one.at} ${one.code ?? ""}`)
  const said = (words: ReadonlyArray<string>) => of.some(({ text }) => text !== undefined && words.includes(text))
  const told = [
    ...(delivered.length === 0 ? [] : [`entregue as ${local(first(delivered))}`]),
    ...(read.length === 0 ? [] : [`lida as ${local(first(read))}`])
  ]
  return {
    told: told.length === 0 ? undefined : `Mensagem ${told.join(" e ")}`,
    failure: failures.toSorted().at(-1)?.replace(/^\d+/, "Falha no envio do WhatsApp:").trimEnd(),
    yes: said(["SIM", "sim!"]),
    no: said(["NÃO"]),
    people: said(["NÃO", "Sim?"])
  }
}

const local = (ms: number) => `30/09/2025 12:${new Date(ms).toISOString().slice(14, 19)}`

const twoHistories = events.chain((of) => fc.tuple(history(of), history(of)))
const eventsAndHistory = events.chain((of) => fc.tuple(fc.constant(of), history(of)))

describe("SPEC 8.5: order does not matter", () => {
  it("any order of the same events, with duplicates, ends in the same Case", () => {
    fc.assert(
      fc.property(twoHistories, ([one, other]) => assert.deepStrictEqual(ending(one), ending(other))),
      { numRuns: 2000 }
    )
  })

  it("which is the Case that the answers and the times determine, whatever came first", () => {
    fc.assert(
      fc.property(eventsAndHistory, ([of, happenings]) => {
        const { failure: failed, no, people, told: times, yes } = expected(of)
        const { close_notes, delivery, priority, state, told, ...group } = ending(happenings)
        assert.deepStrictEqual([state, priority], no ? [10, 2] : yes && !people ? [6, 3] : [10, 3])
        assert.strictEqual("assignment_group" in group, people)
        assert.strictEqual(close_notes !== "", yes && !people)
        assert.strictEqual(told, times)
        assert.strictEqual(delivery, failed ?? times)
      }),
      { numRuns: 1000 }
    )
  })

  it("SPEC 8.6: whether a doubt is settled, how, and whether an answer is awaited is the same in any order", () => {
    const settled = (happenings: ReadonlyArray<Happening>) => {
      const { state } = afterAll(theJourney, happenings, doubtful)
      const { addressee, inDoubt } = viewOf(state, "+5511999999999")
      const isAwaited = addressee !== undefined && addressee.answeredAt === undefined
      return { outcome: dispatchOutcome(state), isAwaited, inDoubt }
    }
    fc.assert(
      fc.property(twoHistories, ([one, other]) => assert.deepStrictEqual(settled(one), settled(other))),
      { numRuns: 1000 }
    )
  })

  it("SPEC 8.4: duplicates write nothing and are recognized", () => {
    fc.assert(
      fc.property(eventsAndHistory, ([, happenings]) => {
        const seen = new Set<string>()
        const once = happenings.filter((happening) => {
          const key = happening === "opening" ? undefined : JSON.stringify(happening.event)
          if (key === undefined) return true
          if (seen.has(key)) return false
          return seen.add(key)
        })
        const [all, first] = [afterAll(theJourney, happenings), afterAll(theJourney, once)]
        assert.deepStrictEqual(all.theCase.notes, first.theCase.notes)
        assert.deepStrictEqual([...all.state.events.byKey.keys()], [...first.state.events.byKey.keys()])
      }),
      { numRuns: 500 }
    )
  })
})
