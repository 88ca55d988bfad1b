import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as fc from "fast-check"

import { decodeInbound } from "../../../src/domain/inbound/decodeInbound.ts"
import { eventKey, InboundEvent } from "../../../src/domain/inbound/InboundEvent.ts"
import { bytes, fixture } from "../outbound/records.ts"
import { receivedAt } from "./inbound.ts"

describe("eventKey", () => {
  const base = { kind: "reply", at: 1, messageId: "m", text: "sim" } as const
  const same = (a: InboundEvent, b: InboundEvent) => assert.strictEqual(eventKey(a), eventKey(b))
  const differ = (a: InboundEvent, b: InboundEvent) => assert.notStrictEqual(eventKey(a), eventKey(b))

  it("SPEC 8.4: with a message id: id and kind, and the text of a reply; not the time, not the names", () => {
    assert.strictEqual(eventKey(base), '["id","m","reply","sim"]')
    same(base, { ...base, at: 2, correlationId: "j|c|1", phone: "5511" })
    differ(base, { ...base, messageId: "n" })
    differ(base, { ...base, text: "não" })
    const read = { kind: "read", at: 1, messageId: "m" } as const
    same(read, { ...read, at: 2 })
    differ(read, { ...read, kind: "delivered" })
    same({ ...read, kind: "failed" }, { ...read, kind: "failed", code: "1", message: "x" })
    same({ kind: "reply", at: 1, messageId: "m" }, { ...base, text: "" })
  })

  it("SPEC 8.4: without a message id: kind, time and text", () => {
    const { messageId: _, ...anonymous } = base
    assert.strictEqual(eventKey(anonymous), '["at",1,"reply","sim"]')
    differ(anonymous, { ...anonymous, at: 2 })
    differ(anonymous, { ...anonymous, text: "não" })
    differ({ kind: "read", at: 1 }, { kind: "sent", at: 1 })
    same({ kind: "read", at: 1 }, { kind: "read", at: 1, phone: "5511" })
  })

  it("SPEC 8.4: no text can imitate another event's key", () => {
    const imitations: ReadonlyArray<InboundEvent> = [
      { ...base, messageId: 'a","reply","b', text: "c" },
      { ...base, messageId: "a", text: 'b","reply","c' },
      { kind: "reply", at: 1, messageId: "1" },
      { kind: "reply", at: 1, text: "" },
      { kind: "reply", at: 1, text: '1","reply' }
    ]
    assert.strictEqual(new Set(imitations.map(eventKey)).size, imitations.length)
  })
})

describe("decodeInbound: totality", () => {
  const isEvent = Schema.is(InboundEvent)

  /** Returns the number of events. Fails for anything that is not as it must be. */
  const check = (value: Uint8Array): number => {
    const decoded = decodeInbound(value, receivedAt)
    if (decoded._tag === "Invalid") {
      assert.notStrictEqual(decoded.detail, "")
      return 0
    }
    assert.isAbove(decoded.events.length + decoded.unknown.length, 0)
    for (const event of decoded.events) {
      assert.isTrue(isEvent(event))
      assert.deepStrictEqual(JSON.parse(JSON.stringify(event)), event)
      assert.strictEqual("text" in event, event.kind === "reply")
      assert.isTrue(Number.isSafeInteger(event.at))
      for (const text of Object.values(event)) {
        if (typeof text === "string") assert.isTrue(text.isWellFormed() && !text.includes("\0"))
      }
    }
    for (const kind of decoded.unknown) assert.isAtMost([...kind].length, 64)
    return decoded.events.length
  }

  it("SPEC 8.12: returns a result for any bytes", () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.json().map(bytes)), (value) =>
        assert.isAtLeast(check(value), 0)
      )
    )
  })

  it("SPEC 8.12: returns a result for any depth of nesting", () => {
    const deep = (open: string, close: string) => bytes(open.repeat(50_000) + close.repeat(50_000))
    assert.strictEqual(check(deep("[", "]")), 0)
    assert.strictEqual(check(bytes(`{"evento":"resposta","texto":${"[".repeat(50_000)}${"]".repeat(50_000)}}`)), 1)
    assert.strictEqual(check(bytes(`${'{"payload":'.repeat(50_000)}{}${"}".repeat(50_000)}`)), 0)
  })

  it("SPEC 8.1: whatever the fields of any shape contain, events are whole and clean", () => {
    const names = ["canonical-reply", "flat-read", "omnichat-reply", "whatsapp-button", "whatsapp-status"]
    const words = ["resposta", "read", "failed", "INCOMING_RECEIVED", "sim", "x\u0000", "\uD800", "j|c|1", "a^b"]
    const leaf = fc.oneof(fc.constantFrom<unknown>(...words, null, 1759246380, 1e21, true, {}, []), fc.jsonValue())
    /** Every place of a value that can be replaced, as JSON with a mark there. */
    const places = (value: unknown, rebuild: (part: unknown) => unknown): ReadonlyArray<(part: unknown) => unknown> => {
      if (typeof value !== "object" || value === null) return [rebuild]
      const inner = Object.entries(value).flatMap(([key, part]) =>
        places(part, (changed) =>
          rebuild(
            Array.isArray(value)
              ? value.map((item, index) => (String(index) === key ? changed : item))
              : { ...value, [key]: changed }
          )
        )
      )
      return [rebuild, ...inner]
    }
    const changes = names.flatMap((name) => places(fixture(`inbound/${name}`), (part) => part))
    let found = 0
    fc.assert(
      fc.property(fc.constantFrom(...changes), leaf, (change, part) => {
        found += check(bytes(JSON.stringify(change(part))))
      }),
      { numRuns: 3000, seed: 7 }
    )
    assert.isAbove(found, 1500)
  })
})
