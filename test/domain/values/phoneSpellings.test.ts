import { assert, describe, it } from "@effect/vitest"

import { phoneSpellings } from "../../../src/domain/values/phone.ts"

const mobile = ["+5511999999999", "+551199999999"]

describe("SPEC 8.2: how one customer's phone may be written", () => {
  for (const raw of [
    "+5511999999999",
    "5511999999999",
    "551199999999",
    "+55 (11) 9999-9999",
    "11999999999",
    "011 99999-9999"
  ]) {
    it(`${raw}: with and without the ninth digit`, () => assert.deepStrictEqual(phoneSpellings(raw), mobile))
  }

  const others: Readonly<Record<string, ReadonlyArray<string>>> = {
    "551133334444": ["+551133334444"],
    "+351912345678": ["+351912345678"],
    "351912345678": ["+351912345678"],
    // No landline is a mobile without its ninth digit.
    "5511937654321": ["+5511937654321"],
    "551137654321": ["+551137654321"],
    // A number of Peru, or of Porto Alegre.
    "51987654321": ["+5551987654321", "+555187654321", "+51987654321"],
    "": [],
    sim: [],
    "123": []
  }
  for (const [raw, spellings] of Object.entries(others)) {
    it(`"${raw}"`, () => assert.deepStrictEqual(phoneSpellings(raw), spellings))
  }
})
