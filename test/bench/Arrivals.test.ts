import { assert, describe, it } from "@effect/vitest"

import { Arrivals } from "../../bench/Arrivals.ts"

const order = { key: "a", evento: "comunicacao", value: "" }
const answer = { key: "a", evento: "comunicacao", status: "success" }

describe("Arrivals", () => {
  it("takes the time from the sending to the arrival", () => {
    const arrivals = new Arrivals()
    arrivals.expect(order, 100)
    arrivals.arrived(answer, 130)
    assert.strictEqual(arrivals.count, 1)
    assert.deepStrictEqual(arrivals.latencies([order, { ...order, key: "b" }]), [30])
    assert.strictEqual(arrivals.problem, undefined)
  })

  it("reports a failure, a repeat, and a response that was not expected", () => {
    for (const [wrong, why] of [
      [{ ...answer, status: "failure" }, "comunicacao a: failure"],
      [{ ...answer, evento: "lida" }, "lida a: nobody asked for it"]
    ] as const) {
      const arrivals = new Arrivals()
      arrivals.expect(order, 0)
      arrivals.arrived(wrong, 1)
      assert.strictEqual(arrivals.problem, `1 responses not as expected, the first: ${why}`)
    }
    const arrivals = new Arrivals()
    arrivals.expect(order, 0)
    arrivals.arrived(answer, 1)
    arrivals.arrived(answer, 2)
    assert.strictEqual(arrivals.problem, "1 responses not as expected, the first: comunicacao a: answered twice")
  })
})
