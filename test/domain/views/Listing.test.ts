import { assert, describe, it } from "@effect/vitest"

import { maskedCustomer } from "../../../src/domain/views/Listing.ts"

describe("a customer in a list", () => {
  for (const [phone, shown] of [
    ["+55 (11) 98765-4321", "***4321"],
    ["+55 11 98765-432 1", "***4321"],
    ["fale com a Maria", "***"],
    ["11 98765-4321 (Maria)", "***4321"]
  ] as const) {
    it(`SPEC 12.3: of ${JSON.stringify(phone)} the last four digits, and nothing else, are shown`, () => {
      assert.deepStrictEqual(maskedCustomer({ id: "123", phone }), { id: "123", phone: shown })
    })
  }
})
