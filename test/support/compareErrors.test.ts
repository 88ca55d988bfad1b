import { assert, it } from "@effect/vitest"
import { Exit, Result } from "effect"

import { HeldBack, NotConnected, Refused } from "../../src/domain/vendor/failureReasons.ts"
import { ServiceNowError } from "../../src/programs/vendor/ServiceNowError.ts"

const refused = (detail: string) => new Refused({ status: 400, message: "m", detail })
const failed = (attempts: number, detail = "d") =>
  new ServiceNowError({ operation: "openCase", reason: refused(detail), attempts })
const held = (detail: string) => new HeldBack({ reason: new NotConnected({ detail }) })

it("an assertion compares all fields of two errors, wherever they are", () => {
  const pairs: ReadonlyArray<readonly [unknown, unknown]> = [
    [refused("a"), refused("b")],
    [held("a"), held("b")],
    [Exit.fail(failed(1, "a")), Exit.fail(failed(1, "b"))],
    [[Result.fail(failed(1, "a"))], [Result.fail(failed(1, "b"))]],
    [new Map([["one", { error: refused("a") }]]), new Map([["one", { error: refused("b") }]])],
    [new Error("a", { cause: refused("a") }), new Error("a", { cause: refused("b") })],
    [new Error("a"), new Error("b")],
    [new Error("a"), new TypeError("a")]
  ]
  for (const [one, other] of pairs) {
    assert.notDeepEqual(one, other)
    assert.throws(() => assert.deepStrictEqual(one, other))
  }
  assert.deepStrictEqual(Exit.fail(failed(1, "a")), Exit.fail(failed(1, "a")))
  assert.deepStrictEqual([held("a"), new Error("a")], [held("a"), new Error("a")])
})
