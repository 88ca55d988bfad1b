import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"

import type { InboundEvent } from "../../../src/domain/inbound/InboundEvent.ts"
import { answerName, caseName, type EventName, namesOf } from "../../../src/domain/inbound/namesOf.ts"
import { type Bearer, type Question, type Judgement, whose } from "../../../src/domain/inbound/whose.ts"

const hour = 3_600_000
const now = Date.UTC(2025, 8, 30, 18)
const phone = "+5511999999999"
const otherPhone = "+5511988888888"

/** What is known of a communication. */
interface Known extends Omit<Bearer, "names" | "businesses"> {
  readonly names?: ReadonlyArray<EventName>
  readonly businesses?: ReadonlyArray<string>
}

const isBorne = (known: Known, name: EventName): boolean => {
  const of = { id: known.id, phone: known.phone, case_number: known.caseNumber, case_sys_id: known.caseSysId }
  const told = name.kind in of ? of[name.kind as keyof typeof of] : undefined
  return (
    told === name.value || (known.names ?? []).some(({ kind, value }) => kind === name.kind && value === name.value)
  )
}

/** The verdict, with the bearers that an index would find. */
const verdictOf = (event: InboundEvent, all: ReadonlyArray<Known>, more: Partial<Question> = {}): Judgement => {
  const bearers = all.flatMap((known): ReadonlyArray<Bearer> => {
    const names = namesOf(event).filter((name) => isBorne(known, name))
    return names.length === 0 ? [] : [{ businesses: [], ...known, names }]
  })
  return whose({ event, isOurs: false, now, toOtherBusiness: false, ...more }, bearers)
}

const said: InboundEvent = { kind: "reply", at: now - hour, messageId: "wamid.in", text: "Não" }
const byPhone: InboundEvent = { ...said, phone: "5511999999999" }
const delivered: InboundEvent = { kind: "delivered", at: now, messageId: "wamid.out" }

const messageId = (value: string) => ({ kind: "message_id", value }) as const
const a: Known = { id: "a", caseNumber: "CS1", caseSysId: "a".repeat(32), phone, sentAt: now - 2 * hour }
const b: Known = { id: "b", caseNumber: "CS2", caseSysId: "b".repeat(32), phone, sentAt: now - 3 * hour }
const stranger: Known = { ...b, id: "stranger", phone: otherPhone }

const is = (id: string, by: "name" | "sender"): Judgement => ({ _tag: "Communication", id, by })
const contradictory: Judgement = { _tag: "Contradictory" }
const nobody: Judgement = { _tag: "Nobody" }
const ambiguous = (...among: ReadonlyArray<string>) => ({ _tag: "Ambiguous", among }) as const
const answered = (known: Known, hours: number): Known => ({ ...known, answeredAt: now - hours * hour })
const named = (known: Known, ...names: ReadonlyArray<EventName>): Known => ({ ...known, names })
const remembering = (known: Known, kind: "answer" | "unclear", event: InboundEvent) =>
  named(known, { kind, value: answerName(event) ?? "" })

type Row = readonly [event: InboundEvent, all: ReadonlyArray<Known>, verdict: Judgement, more?: Partial<Question>]

/** The rules of SPEC 8.2 in their order, and what each says. */
const table: Readonly<Record<string, Readonly<Record<string, Row>>>> = {
  "1 what was decided before": {
    "an answer that comes again": [byPhone, [remembering(answered(a, 1), "answer", byPhone), b], is("a", "sender")],
    "an answer that was ambiguous": [
      byPhone,
      [remembering(answered(a, 1), "unclear", byPhone), remembering(b, "unclear", byPhone)],
      ambiguous("a", "b")
    ],
    "another answer": [
      { ...byPhone, text: "Sim" },
      [remembering(answered(a, 1), "unclear", byPhone), b],
      is("b", "sender")
    ]
  },
  "2 the correlation id": {
    "is known": [{ ...delivered, correlationId: "a" }, [a, b], is("a", "name")],
    "and its Case": [{ ...delivered, correlationId: "a", caseId: "CS1" }, [a, b], is("a", "name")],
    "and its Case in small letters": [{ ...delivered, correlationId: "a", caseId: "cs1" }, [a, b], is("a", "name")],
    "and the Case of another": [{ ...delivered, correlationId: "a", caseId: "CS2" }, [a, b], contradictory],
    "and the sys_id of another": [{ ...delivered, correlationId: "a", caseId: "b".repeat(32) }, [a, b], contradictory],
    "and a Case of nobody, but it has another": [
      { ...delivered, correlationId: "a", caseId: "CS9" },
      [a],
      contradictory
    ],
    "and a Case of nobody, without one of its own": [
      { ...delivered, correlationId: "x", caseId: "CS9" },
      [{ id: "x" }],
      is("x", "name")
    ],
    "and an answered message of another": [
      { ...said, correlationId: "a", answersTo: "m" },
      [a, named(b, messageId("m"))],
      contradictory
    ],
    "and an answered message of both": [
      { ...said, correlationId: "a", answersTo: "m" },
      [named(a, messageId("m")), named(b, messageId("m"))],
      is("a", "name")
    ],
    "and an own message id that another has, too": [
      { ...delivered, correlationId: "a" },
      [a, named(b, messageId("wamid.out"))],
      is("a", "name")
    ],
    "and the phone of another": [{ ...byPhone, correlationId: "stranger" }, [a, stranger], is("stranger", "name")],
    "of ours, not known": [{ ...delivered, correlationId: "j|c|1" }, [a], nobody, { isOurs: true }],
    "of ours, not known, and a Case of somebody else": [
      { ...delivered, correlationId: "j|c|1", caseId: "CS1" },
      [a],
      contradictory,
      { isOurs: true }
    ],
    "of ours, not known, and an answered message of somebody else": [
      { ...said, correlationId: "j|c|1", answersTo: "m" },
      [named(a, messageId("m"))],
      contradictory,
      { isOurs: true }
    ],
    "of somebody else's, and a Case of ours": [
      { ...delivered, correlationId: "7", caseId: "CS1" },
      [a],
      is("a", "name")
    ],
    "of somebody else's alone": [{ ...byPhone, correlationId: "7" }, [a], nobody]
  },
  "3 the Case": {
    "by its number": [{ ...delivered, caseId: "CS1" }, [a, b], is("a", "name")],
    "by its sys_id": [{ ...delivered, caseId: "a".repeat(32) }, [a, b], is("a", "name")],
    "and an own message id of another": [
      { ...delivered, caseId: "CS1" },
      [a, named(b, messageId("wamid.out"))],
      is("a", "name")
    ],
    "and an answered message of another": [
      { ...said, caseId: "CS1", answersTo: "m" },
      [a, named(b, messageId("m"))],
      contradictory
    ],
    "of two": [{ ...delivered, caseId: "CS1" }, [a, { ...b, caseNumber: "CS1" }], contradictory],
    "of two, and an answered message of one": [
      { ...said, caseId: "CS1", answersTo: "m" },
      [a, named({ ...b, caseNumber: "CS1" }, messageId("m"))],
      is("b", "name")
    ],
    "of nobody, and the phone of one": [{ ...byPhone, caseId: "CS9" }, [a], nobody]
  },
  "4 the message": {
    "its own": [delivered, [named(a, messageId("wamid.out")), b], is("a", "name")],
    "the answered one": [{ ...said, answersTo: "m" }, [named(a, messageId("m")), b], is("a", "name")],
    "the answered one, after the answer, while another awaits one": [
      { ...byPhone, answersTo: "m" },
      [named(answered(a, 1), messageId("m")), b],
      is("a", "name")
    ],
    "the answered one of an old dispatch": [
      { ...byPhone, answersTo: "m" },
      [named({ ...a, sentAt: now - 100 * hour }, messageId("m"))],
      is("a", "name")
    ],
    "the answered one in a group": [
      { ...byPhone, answersTo: "m", group: "g" },
      [named(a, messageId("m"))],
      is("a", "name")
    ],
    "of two": [delivered, [named(a, messageId("wamid.out")), named(b, messageId("wamid.out"))], contradictory],
    "of two, one of this phone": [
      { ...byPhone, answersTo: "m" },
      [named(a, messageId("m")), named(stranger, messageId("m"))],
      is("a", "name")
    ],
    "its own of one and the answered one of another": [
      { ...said, answersTo: "m" },
      [named(a, messageId("wamid.in")), named(b, messageId("m"))],
      contradictory
    ],
    "the answered one of another than the phone's": [
      { ...byPhone, answersTo: "m" },
      [a, named(stranger, messageId("m"))],
      contradictory
    ],
    "the answered one, and a phone of nobody": [
      { ...said, phone: "5521977777777", answersTo: "m" },
      [named(a, messageId("m"))],
      is("a", "name")
    ],
    "its own, and its phone": [byPhone, [named(a, messageId("wamid.in"))], is("a", "name")],
    "its own, and a phone of nobody": [
      { ...said, phone: "5521977777777" },
      [named(a, messageId("wamid.in"))],
      contradictory
    ],
    "its own and the answered one, and a phone of nobody": [
      { ...said, phone: "5521977777777", answersTo: "m" },
      [named(a, messageId("m"), messageId("wamid.in"))],
      is("a", "name")
    ],
    "the answered one, and a Case that another has not": [
      { ...said, caseId: "CS9", answersTo: "m" },
      [named(a, messageId("m"))],
      contradictory
    ],
    "of nobody": [delivered, [a], nobody]
  },
  "5 the sender": {
    "one that awaits an answer": [byPhone, [a, stranger], is("a", "sender")],
    "without the ninth digit": [{ ...byPhone, phone: "551199999999" }, [a], is("a", "sender")],
    "two that do": [byPhone, [a, b], ambiguous("a", "b")],
    "one that does, and one that has one": [byPhone, [a, answered(b, 1)], is("a", "sender")],
    "none that does: the one answered last": [byPhone, [answered(a, 1), answered(b, 2)], is("a", "sender")],
    "answered 72 h ago": [byPhone, [answered({ ...a, sentAt: now - 90 * hour }, 72)], is("a", "sender")],
    "answered before that": [byPhone, [answered({ ...a, sentAt: now - 90 * hour }, 72.1)], nobody],
    "sent 72 h ago": [byPhone, [{ ...a, sentAt: now - 72 * hour }], is("a", "sender")],
    "sent before that": [byPhone, [{ ...a, sentAt: now - 72 * hour - 1 }], nobody],
    "said 5 s before the dispatch": [{ ...byPhone, at: now - 5000 }, [{ ...a, sentAt: now + 999 }], is("a", "sender")],
    "said 6 s before the dispatch": [{ ...byPhone, at: now - 5001 }, [{ ...a, sentAt: now }], nobody],
    "said before one dispatch, after another": [{ ...byPhone, at: now - 2.5 * hour }, [a, b], is("b", "sender")],
    "said before one dispatch, after another's answer": [
      { ...byPhone, at: now - 2.5 * hour },
      [a, answered(b, 2.6)],
      is("b", "sender")
    ],
    "one whose message was not delivered, and one that has its answer": [
      byPhone,
      [{ ...a, undelivered: true }, answered(b, 1)],
      is("b", "sender")
    ],
    "one whose message was not delivered": [byPhone, [{ ...a, undelivered: true }], is("a", "sender")],
    "in a group": [{ ...byPhone, group: "g" }, [a], nobody],
    "no reply": [{ ...delivered, phone: "5511999999999" }, [a], nobody],
    "to the number that its statuses name": [
      { ...byPhone, business: "1" },
      [{ ...a, businesses: ["1"] }],
      is("a", "sender")
    ],
    "to another number": [{ ...byPhone, business: "2" }, [{ ...a, businesses: ["1"] }], nobody],
    "to a number that no status of ours names": [{ ...byPhone, business: "2" }, [a], nobody, { toOtherBusiness: true }],
    "to a number, while no status names any": [{ ...byPhone, business: "2" }, [a], is("a", "sender")],
    "about a message of somebody else, while ours is known": [
      { ...byPhone, answersTo: "wamid.x" },
      [{ ...a, knownMessage: "whatsapp" }],
      nobody
    ],
    "about a message of WhatsApp's, while only the vendor's id is known": [
      { ...byPhone, answersTo: "wamid.x" },
      [{ ...a, knownMessage: "vendor" }],
      is("a", "sender")
    ],
    "about a message, while ours is not known": [{ ...byPhone, answersTo: "wamid.x" }, [a], is("a", "sender")],
    "about a message that two may have sent": [
      { ...byPhone, answersTo: "wamid.x" },
      [a, b],
      { ...ambiguous("a", "b"), untilNamed: true }
    ],
    "about a message that one of two may have sent": [
      { ...byPhone, answersTo: "wamid.x" },
      [{ ...a, knownMessage: "whatsapp" }, b],
      is("b", "sender")
    ],
    "an id of WhatsApp alone": [
      { ...said, users: ["BR.1"] },
      [named(a, { kind: "user", value: "BR.1" }), b],
      is("a", "sender")
    ],
    "a chat alone": [{ ...said, chat: "c" }, [named(a, { kind: "chat", value: "c" }), b], is("a", "sender")],
    "a chat of two": [
      { ...said, chat: "c" },
      [named(a, { kind: "chat", value: "c" }), named(stranger, { kind: "chat", value: "c" })],
      ambiguous("a", "stranger")
    ],
    "an id of one, a chat of another": [
      { ...said, users: ["BR.1"], chat: "c" },
      [named(a, { kind: "user", value: "BR.1" }), named(answered(b, 1), { kind: "chat", value: "c" })],
      is("a", "sender")
    ],
    "the phone of one, an id of another phone": [
      { ...byPhone, users: ["BR.1"] },
      [a, named(stranger, { kind: "user", value: "BR.1" })],
      contradictory
    ],
    "the phone of two, an id that only one has told": [
      { ...byPhone, users: ["BR.1"] },
      [a, named(answered(b, 1), { kind: "user", value: "BR.1" })],
      is("a", "sender")
    ],
    "an id that two phones have, one of them this": [
      { ...byPhone, users: ["BR.1"] },
      [named(a, { kind: "user", value: "BR.1" }), named(stranger, { kind: "user", value: "BR.1" })],
      is("a", "sender")
    ]
  },
  "6 nothing": { "no name": [said, [a], nobody], "names that lead nowhere": [byPhone, [], nobody] }
}

describe("whose: the table", () => {
  for (const [rule, rows] of Object.entries(table)) {
    for (const [name, [event, all, verdict, more]] of Object.entries(rows)) {
      it(`SPEC 8.2: ${rule}: ${name}`, () => assert.deepStrictEqual(verdictOf(event, all, more), verdict))
    }
  }
})

const some = <A>(...values: ReadonlyArray<A>) => fc.constantFrom<A | undefined>(undefined, ...values)

/** `undefined` fields are absent. */
const present = <A extends object>(fields: A) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Key in keyof A]: Exclude<A[Key], undefined>
  }

const events = fc
  .record({
    kind: fc.constantFrom("reply" as const, "reply" as const, "delivered" as const),
    at: fc.constantFrom(now, now - hour, now - 10 * hour),
    correlationId: some("c0", "c1", "j|unknown|1"),
    caseId: some("CS0", "CS1", "CS2", "0".repeat(32), "1".repeat(32)),
    messageId: some("m0", "m1", "m9"),
    answersTo: some("m0", "m1", "m9"),
    phone: some(phone, otherPhone),
    users: some(["u0"], ["u1"], ["u0", "u1"]),
    chat: some("h0", "h1"),
    group: fc.constantFrom(undefined, undefined, undefined, "g"),
    business: some("1", "2")
  })
  .map((fields): InboundEvent => present(fields))

const knowns = fc
  .uniqueArray(
    fc.record({
      id: fc.constantFrom("c0", "c1", "c2", "c3"),
      case: some(0, 1),
      phone: some(phone, otherPhone),
      sentAt: fc.constantFrom(now - 2 * hour, now - 80 * hour),
      answeredAt: some(now - hour, now - 2 * hour),
      knownMessage: some("vendor" as const, "whatsapp" as const),
      undelivered: some(true as const),
      businesses: fc.constantFrom([], ["1"], ["2"]),
      names: fc.subarray([
        messageId("m0"),
        messageId("m1"),
        { kind: "user", value: "u0" } as const,
        { kind: "user", value: "u1" } as const,
        { kind: "chat", value: "h0" } as const,
        { kind: "chat", value: "h1" } as const
      ])
    }),
    { selector: ({ id }) => id, maxLength: 4 }
  )
  .map((all) =>
    all.map(({ case: own, phone, sentAt, ...fields }): Known => ({
      ...present(fields),
      ...(own !== undefined && { caseNumber: `CS${own}`, caseSysId: String(own).repeat(32) }),
      ...(phone !== undefined && { phone, sentAt })
    }))
  )

/** The names by which an event refers to one communication. Its own message id only counts if it has no better name. */
const referencesOf = ({ answersTo, caseId, correlationId, messageId: own }: InboundEvent): ReadonlyArray<EventName> => [
  ...(correlationId === undefined ? [] : [{ kind: "id", value: correlationId } as const]),
  ...(caseId === undefined ? [] : [caseName(caseId)]),
  ...(answersTo === undefined ? [] : [messageId(answersTo)]),
  ...(own === undefined || correlationId !== undefined || caseId !== undefined ? [] : [messageId(own)])
]

const isOursIn = (event: InboundEvent, all: ReadonlyArray<Known>) =>
  event.correlationId?.startsWith("j|") === true || all.some(({ id }) => id === event.correlationId)

const runs = { numRuns: 20_000 }

describe("whose: properties", () => {
  it("SPEC 8.2: contradicting names never decide: every name that leads somewhere leads to the communication", () => {
    fc.assert(
      fc.property(events, knowns, fc.boolean(), (event, all, toOtherBusiness) => {
        const verdict = verdictOf(event, all, { isOurs: isOursIn(event, all), toOtherBusiness })
        if (verdict._tag !== "Communication") return
        const own = all.find(({ id }) => id === verdict.id)
        if (own === undefined) throw new Error("an unknown communication")
        for (const name of referencesOf(event)) {
          const bearers = all.filter((known) => isBorne(known, name))
          assert.isTrue(bearers.length === 0 || bearers.includes(own), `${name.kind} ${name.value}`)
        }
        // An id of ours, and the Case if there is one, refer to the communication even if nobody bears them.
        if (isOursIn(event, all)) assert.strictEqual(event.correlationId, own.id)
        const { caseId } = event
        if (caseId !== undefined && own.caseNumber !== undefined)
          assert.include([own.caseNumber, own.caseSysId], caseId)
      }),
      runs
    )
  })

  it("SPEC 8.2: a sender never decides against a known phone, nor between two that await an answer", () => {
    fc.assert(
      fc.property(events, knowns, fc.boolean(), (event, all, toOtherBusiness) => {
        const verdict = verdictOf(event, all, { isOurs: isOursIn(event, all), toOtherBusiness })
        if (verdict._tag === "Ambiguous") assert.isAbove(verdict.among.length, 1)
        if (verdict._tag !== "Communication" || verdict.by !== "sender") return
        assert.deepStrictEqual(
          [event.kind, event.correlationId, event.caseId, event.group],
          ["reply", undefined, undefined, undefined]
        )
        const own = all.find(({ id }) => id === verdict.id)
        const alone = verdictOf(
          event,
          all.filter(({ id }) => id !== verdict.id),
          { toOtherBusiness }
        )
        // Without it the sender leads to nobody or to an answered communication, or contradicts another name.
        const isFirst = own?.answeredAt === undefined && own?.undelivered !== true
        if (isFirst && alone._tag === "Communication")
          assert.isTrue(
            all.some(
              ({ answeredAt, id, undelivered }) => id === alone.id && (undelivered === true || answeredAt !== undefined)
            )
          )
        if (own?.phone !== event.phone && event.phone !== undefined) {
          const meant = verdictOf(present({ ...event, users: undefined, chat: undefined }), all, { toOtherBusiness })
          assert.deepStrictEqual(meant, nobody)
        }
      }),
      runs
    )
  })

  it("SPEC 8.2: the order in which the index finds communications does not matter", () => {
    fc.assert(
      fc.property(events, knowns, (event, all) =>
        assert.deepStrictEqual(
          verdictOf(event, all, { isOurs: isOursIn(event, all) }),
          verdictOf(event, all.toReversed(), { isOurs: isOursIn(event, all) })
        )
      ),
      runs
    )
  })
})
