import { assert, describe, it } from "@effect/vitest"

import { pastedNames, rowsNamed } from "../../console/src/list/pasted.ts"
import { itemAt } from "./support/fixtureData.ts"

const items = [0, 1, 2].map((index) => itemAt(index, 0))
const [first, second, third] = items
const personal = { ...third!, id: "pedido|***|3", ref: "r3" }

describe("a list of doubts that somebody pastes", () => {
  it.each([
    ["a\nb\r\nc", ["a", "b", "c"]],
    ["a, b;c", ["a", "b", "c"]],
    ["a\t2026-11-30\t***1234\nb", ["a\t2026-11-30\t***1234", "b"]],
    ['"a"\n\n  b  \n"a"', ["a", "b"]],
    [" \n", []]
  ])("%j is read as names", (pasted, names) => {
    assert.deepStrictEqual(pastedNames(pasted), names)
  })

  it("chooses by id, order, shipment, Case and ref, and tells the names of none", () => {
    assert.deepStrictEqual(
      rowsNamed([first!.id, second!.order!, "r3", first!.shipment!.toLowerCase(), "PED0"], [first!, second!, personal]),
      { chosen: new Set([first!.id, second!.id, "r3"]), unknown: ["PED0"] }
    )
  })

  it("takes back the list that was copied for Weni, and rows of a table by any cell", () => {
    const rows = [`${first!.id}\t2026-11-30 15:26:56 UTC\t***1000`, `sim\t${second!.order}`, "x\ty"]
    assert.deepStrictEqual(rowsNamed(rows, [first!, second!]), {
      chosen: new Set([first!.id, second!.id]),
      unknown: ["x"]
    })
  })

  it("names a communication as the API finds it: a masked id would find none", () => {
    assert.deepStrictEqual([...rowsNamed([personal.order!], [personal]).chosen], ["r3"])
  })
})
