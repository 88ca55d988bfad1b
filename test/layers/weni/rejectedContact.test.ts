import { assert, describe, it } from "@effect/vitest"

import type { Json } from "../../../src/domain/record/ChannelResult.ts"
import { rejectsContact } from "../../../src/layers/weni/rejectedContact.ts"

const phone = "+5511987654321"
const other = "+5521912345678"

const rejecting: ReadonlyArray<Json> = [
  { invalidContacts: [phone] },
  { invalidContacts: [{ fullNumber: phone, reason: "invalid number" }] },
  { invalid_contacts: ["11 8765-4321"], valid_contacts: [] },
  { invalid: [{ number: 5511987654321 }] },
  { rejected: [{ reason: "unknown" }] },
  { invalidContacts: 1, validContacts: 0 },
  { contacts: [{ input: phone, status: "invalid" }] },
  { contacts: [{ input: phone, valid: false }] },
  { messages: [{ to: phone, status: "FAILED" }] },
  { data: { contacts: [{ wa_id: "5511987654321", isValid: false }] } },
  { results: [{ success: false }] },
  { contacts: [{ input: phone, status: "INVALID_NUMBER" }] },
  { errors: [{ contact: "5511987654321", code: "invalid" }] },
  { errors: ["invalid number: +55 11 98765-4321"] },
  { result: { invalidContacts: [phone] } },
  { response: { invalid: [phone] } },
  { blockedContacts: [phone] },
  { ignoredContacts: [phone] },
  { opted_out: [{ phone }] },
  { contacts: [{ fullNumber: phone, status: "blocked" }] },
  { contacts: [{ fullNumber: phone, status: "not_valid" }] },
  { contacts: [{ fullNumber: phone, status: "opted_out" }] }
]

const accepting: ReadonlyArray<Json> = [
  {},
  { message: "accepted" },
  { invalidContacts: [] },
  { invalidContacts: 0, validContacts: 1 },
  { invalidContacts: [other] },
  { contacts: [{ input: phone, status: "valid" }] },
  { contacts: [{ input: other, status: "invalid" }] },
  { messages: [{ to: phone, status: "accepted" }] },
  { status: "failed" },
  { errors: [] },
  { errors: [{ code: 131_000, message: "template paused" }] },
  { errors: [{ contact: other }] },
  { corpo: "OK" },
  { campaign: { failed: 3 } },
  { skipped: [{ field: "remessa" }] },
  { result: { invalidContacts: [other] } },
  { contacts: [{ fullNumber: other, status: "blocked" }] }
]

describe("the body of an accepted dispatch", () => {
  for (const body of rejecting) {
    it(`SPEC 5.2: did not take the contact: ${JSON.stringify(body)}`, () => {
      assert.isTrue(rejectsContact(body, phone))
    })
  }

  for (const body of accepting) {
    it(`SPEC 5.2: took it: ${JSON.stringify(body)}`, () => {
      assert.isFalse(rejectsContact(body, phone))
    })
  }
})
