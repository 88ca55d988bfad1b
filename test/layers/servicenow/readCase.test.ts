import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit } from "effect"

import { html, json } from "../../support/HttpScripted.ts"
import { Operations } from "../../support/serviceNowOperations.ts"
import { casePath, inTime, parameters, refusal, rows, scripted } from "./serviceNowTest.ts"

const sysId = "0123456789abcdef0123456789abcdef"
const id = "pedido_entregue_amanha|1|P1"
const row = {
  sys_id: sysId,
  number: "CS0001005",
  state: "10",
  assignment_group: "group-1",
  priority: "3",
  u_id_correlacao: id
}
const record = {
  sysId,
  number: "CS0001005",
  state: "10",
  assignmentGroup: "group-1",
  correlationId: id,
  priority: "3"
}
const one = (fields: object = {}) => json(200, { result: { ...row, ...fields } })
const fields = {
  sysparm_fields:
    "sys_id,number,state,assignment_group,priority,u_id_correlacao,sys_created_by,sys_created_on,sys_updated_by,sys_updated_on",
  sysparm_display_value: "false",
  sysparm_exclude_reference_link: "true"
}
const none = Exit.succeed(undefined)

const read = (idOrNumber: string, script: Parameters<typeof scripted>[0]) => {
  const { layer, requests, seen } = scripted(script)
  return Effect.gen(function* () {
    const serviceNow = yield* Operations
    const outcome = yield* inTime(Effect.exit(serviceNow.readCase(idOrNumber)))
    return { outcome, requests, seen: seen() }
  }).pipe(Effect.provide(layer))
}

describe("readCase", () => {
  it.effect("SPEC 8.8: by sys_id, the record itself", () =>
    Effect.gen(function* () {
      const { outcome, requests, seen } = yield* read(sysId, [one()])
      assert.deepStrictEqual(outcome, Exit.succeed(record))
      assert.deepStrictEqual(seen, [`GET ${casePath}/${sysId}`])
      assert.deepStrictEqual(parameters(requests[0]), fields)
    })
  )

  it.effect("SPEC 8.2: by number, the record that carries it", () =>
    Effect.gen(function* () {
      const stranger = { ...row, sys_id: "case-9", number: "CS0000009" }
      const { outcome, requests, seen } = yield* read(" CS0001005 ", [rows(stranger, row)])
      assert.deepStrictEqual(outcome, Exit.succeed(record))
      assert.deepStrictEqual(seen, [`GET ${casePath}`])
      assert.deepStrictEqual(parameters(requests[0]), {
        sysparm_query: "number=CS0001005",
        ...fields,
        sysparm_limit: "10"
      })
    })
  )

  it.effect("SPEC 8.2: sys_id and number are compared without case", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* read("cs0001005", [rows(row)])).outcome, Exit.succeed(record))
      const bySysId = yield* read(sysId.toUpperCase(), [one()])
      assert.deepStrictEqual(bySysId.outcome, Exit.succeed(record))
      assert.deepStrictEqual(bySysId.seen, [`GET ${casePath}/${sysId}`])
    })
  )

  it.effect("SPEC 4.5: values are texts whatever their form", () =>
    Effect.gen(function* () {
      const { outcome } = yield* read(sysId, [
        one({
          state: 10,
          assignment_group: { link: "https://sn.test/group", value: "group-1" },
          priority: { display_value: "3 - Moderate", value: "3" }
        })
      ])
      assert.deepStrictEqual(outcome, Exit.succeed(record))
    })
  )

  it.effect("SPEC 8.2: fields that the Case or the instance does not have are empty", () =>
    Effect.gen(function* () {
      const { outcome } = yield* read(sysId, [
        json(200, { result: { sys_id: sysId, number: "CS0001005", state: "3", assignment_group: "", priority: null } })
      ])
      const empty = { assignmentGroup: "", correlationId: "", priority: "" }
      assert.deepStrictEqual(outcome, Exit.succeed({ sysId, number: "CS0001005", state: "3", ...empty }))
    })
  )

  it.effect("SPEC 4.3, 8.2: a record whose number is hidden is the Case all the same", () =>
    Effect.gen(function* () {
      const { outcome } = yield* read(sysId, [one({ number: "" })])
      assert(Exit.isSuccess(outcome))
      assert.deepInclude(outcome.value, { sysId, number: "" })
    })
  )

  for (const [title, idOrNumber, step] of [
    ["404 for a sys_id", sysId, refusal(404)],
    ["404 for a number", "CS0001005", refusal(404)],
    ["an empty list", "CS0001005", rows()],
    ["only strangers", "CS0001005", rows({ ...row, number: "CS0000009" }, { ...row, number: undefined })],
    ["another sys_id", sysId, one({ sys_id: "f".repeat(32) })],
    ["a record without sys_id", "CS0001005", rows({ ...row, sys_id: "" })]
  ] as const) {
    it.effect(`SPEC 3.1, 8.2: ${title}: none`, () =>
      Effect.gen(function* () {
        const { outcome, requests } = yield* read(idOrNumber, [step])
        assert.deepStrictEqual(outcome, none)
        assert.strictEqual(requests.length, 1)
      })
    )
  }

  for (const value of ["", "  ", "CS1^ORnumber!=1", "javascript:1", "CS\u00001", "9".repeat(41)]) {
    it.effect(`SPEC 3.4: ${JSON.stringify(value)} is not looked up`, () =>
      Effect.gen(function* () {
        const { outcome, requests } = yield* read(value, [])
        assert.deepStrictEqual(outcome, none)
        assert.strictEqual(requests.length, 0)
      })
    )
  }

  it.effect("SPEC 3.4: the value is percent-encoded", () =>
    Effect.gen(function* () {
      const { outcome, requests } = yield* read("CS&1=#/%", [rows({ ...row, number: "CS&1=#/%" })])
      assert.deepStrictEqual(outcome, Exit.succeed({ ...record, number: "CS&1=#/%" }))
      assert.strictEqual(parameters(requests[0]).sysparm_query, "number=CS&1=#/%")
    })
  )

  for (const [title, step] of [
    ["a time-out", "hang"],
    ["no connection", "refused"],
    ["503", refusal(503)],
    ["HTML", html(200)],
    ["no record", json(200, { result: "?" })]
  ] as const) {
    it.effect(`SPEC 4.6: ${title} is tried again, for a sys_id and for a number`, () =>
      Effect.gen(function* () {
        assert.deepStrictEqual((yield* read(sysId, [step, one()])).outcome, Exit.succeed(record))
        assert.deepStrictEqual((yield* read("CS0001005", [step, rows(row)])).outcome, Exit.succeed(record))
      })
    )
  }

  it.effect("SPEC 4.6: retries used up and refusals are failures, never none", () =>
    Effect.gen(function* () {
      const used = yield* read(sysId, () => refusal(503))
      const refused = yield* read("CS0001005", [refusal(403), refusal(403)])
      for (const [run, attempts, status] of [
        [used, 5, 503],
        [refused, 2, 403]
      ] as const) {
        const error = yield* Effect.flip(run.outcome)
        assert(error.reason._tag === "Refused")
        assert.deepStrictEqual([error.operation, error.attempts, error.reason.status], ["readCase", attempts, status])
        assert.strictEqual(run.requests.length, attempts)
      }
    })
  )
})
