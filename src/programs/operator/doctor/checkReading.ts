import { Clock, Effect } from "effect"

import { saoPaulo, formatDateTime } from "../../../domain/values/localTime.ts"
import { Settings } from "../../../services/Settings.ts"
import { ServiceNowTables, type TableAnswer } from "../../../services/VendorAccess.ts"
import { type Finding, ok, problem, unknown, warning } from "./Finding.ts"

const pageSize = 100
const caseFields = ["sys_id", "number", "state", "assignment_group", "sys_created_on"]

/** Milliseconds by which the clocks of the instance and of this machine may differ. */
const clockSlack = 60_000

const timeOfDay = (text: string) => /\d{2}:\d{2}:\d{2}/.exec(text)?.[0]

export const refusal = (check: string, what: string, { message, status }: TableAnswer): Finding => {
  if (status === 401) return problem(check, `the instance does not take our credentials (401 ${message})`)
  if (status === 403) return problem(check, `we may not ${what} (403 ${message})`)
  return problem(check, `the instance answers ${status} when asked to ${what} (${message})`)
}

/** Finds out whether rows that match the query are hidden. */
export const hidden = (check: string, { rows, total }: TableAnswer, limit: number): ReadonlyArray<Finding> =>
  total !== undefined && rows.length < Math.min(total, limit)
    ? [
        problem(
          check,
          `an ACL hides ${Math.min(total, limit) - rows.length} of ${total} rows: a look for a Case or a customer is blind`
        )
      ]
    : []

const fieldsOf = (rows: TableAnswer["rows"], fields: ReadonlyArray<string>): ReadonlyArray<Finding> => {
  const [first] = rows
  if (first === undefined) return []
  const missing = fields.filter((field) => !(field in first))
  const empty = ["sys_id", "number", "state"].filter(
    (field) => field in first && rows.every((row) => row[field] === "")
  )
  return [
    ...(missing.length > 0 ? [problem("fields of a Case", `not readable, or not there: ${missing.join(", ")}`)] : []),
    ...(empty.length > 0
      ? [problem("fields of a Case", `empty on every Case, as under a read ACL: ${empty.join(", ")}`)]
      : [])
  ]
}

const caseChecks = Effect.gen(function* () {
  const tables = yield* ServiceNowTables
  const { keyField } = (yield* Settings).serviceNow
  const fields = [...caseFields, keyField]
  const answer = yield* tables.read("cases", { fields, limit: pageSize })
  if (answer.status >= 300) return [refusal("Cases", "read Cases", answer)]
  const found = [...hidden("Cases", answer, pageSize), ...fieldsOf(answer.rows, fields)]
  if (found.length > 0) return found
  if (answer.rows.length === 0) return [unknown("Cases", "there is none to look at; --write makes one")]
  const keys = answer.rows.map((row) => row[keyField] ?? "").filter((key) => key !== "")
  const longest = keys.reduce((most, key) => Math.max(most, key.length), 0)
  return [
    ok("Cases", `readable, ${answer.rows.length} looked at`),
    longest === 0
      ? unknown("key", `no Case has ${keyField}; --write makes one`)
      : ok("key", `${keyField} comes back with up to ${longest} characters; --write tries a long one`)
  ]
})

const timeChecks = Effect.gen(function* () {
  const tables = yield* ServiceNowTables
  const { guestConsumer } = (yield* Settings).serviceNow
  const answer = yield* tables.read("consumers", {
    sysId: guestConsumer,
    fields: ["sys_created_on"],
    displayed: true
  })
  const now = yield* Clock.currentTimeMillis
  const apart = answer.date === undefined ? 0 : Math.abs(answer.date - now)
  const clock =
    answer.date === undefined
      ? unknown("clock", "the instance does not tell its time")
      : apart > clockSlack
        ? warning("clock", `the instance's clock and ours are ${Math.round(apart / 1000)} s apart`)
        : ok("clock", "as ours")
  const stored = answer.rows[0]?.sys_created_on ?? ""
  const shown = answer.displayed[0]?.sys_created_on ?? ""
  const at = Date.parse(`${stored.replace(" ", "T")}Z`)
  if (Number.isNaN(at) || shown === "") return [clock, unknown("time zone", "no time to compare")]
  const isOurs = timeOfDay(shown) === timeOfDay(formatDateTime(at, saoPaulo))
  return [
    clock,
    isOurs
      ? ok("time zone", "the API user's is Brazil's")
      : warning(
          "time zone",
          `the API user sees ${stored} (UTC) as ${shown}, which is not ${saoPaulo}: journal entries have other times than the notes`
        )
  ]
})

const referenceChecks = Effect.gen(function* () {
  const tables = yield* ServiceNowTables
  const { assignmentGroup, guestConsumer, humanGroup } = (yield* Settings).serviceNow
  const guest = yield* tables.read("consumers", { sysId: guestConsumer, fields: ["sys_id"] })
  const groups = [
    ["SERVICENOW_ASSIGNMENT_GROUP", assignmentGroup],
    ["SERVICENOW_HUMAN_GROUP", humanGroup]
  ] as const
  const groupFindings = yield* Effect.forEach(groups, ([name, group]) => {
    if (group === undefined) return Effect.succeed([])
    return Effect.map(tables.read("groups", { query: `sys_id=${group}`, fields: ["sys_id"] }), (answer) => {
      if (answer.status >= 300) return [unknown(name, `groups are not readable (${answer.status} ${answer.message})`)]
      const isThere = answer.rows.some((row) => row.sys_id === group)
      return [isThere ? ok(name, "the group exists") : problem(name, "no such group: hand-overs reach nobody")]
    })
  })
  return [
    guest.status === 404 || (guest.status < 300 && guest.rows.length === 0)
      ? problem("SERVICENOW_GUEST_CONSUMER", "is no row: Cases without a customer are stored without a consumer")
      : guest.status >= 300
        ? refusal("SERVICENOW_GUEST_CONSUMER", "read consumers", guest)
        : ok("SERVICENOW_GUEST_CONSUMER", "is a row"),
    ...groupFindings.flat()
  ]
})

/** Checks that a customer that exists is found in each way in which the service looks for one (SPEC 3.1). */
const consumerChecks = Effect.gen(function* () {
  const tables = yield* ServiceNowTables
  const { documentField, phoneFields } = (yield* Settings).serviceNow
  const fields = ["sys_id", "email", documentField, ...phoneFields]
  const answer = yield* tables.read("consumers", { fields, limit: pageSize })
  if (answer.status >= 300) return [refusal("consumers", "read consumers", answer)]
  const blind = hidden("consumers", answer, pageSize)
  if (blind.length > 0) return blind
  const ways = [
    ...["email", documentField].map((field) => ({ field, operator: "=" as const })),
    ...phoneFields.flatMap((field) => [
      { field, operator: "=" as const },
      { field, operator: "LIKE" as const }
    ])
  ]
  return yield* Effect.forEach(ways, ({ field, operator }) => {
    const known = answer.rows.find((row) => /^[^^]+$/.test(row[field] ?? ""))
    const check = `customers by ${field} ${operator}`
    if (known === undefined) return Effect.succeed(unknown(check, "no customer has a value to look for"))
    const stored = known[field] ?? ""
    const value = operator === "LIKE" ? stored.slice(-4) : stored
    return Effect.map(
      tables.read("consumers", { query: field + operator + value, fields: ["sys_id"], limit: pageSize }),
      ({ message, rows, status }) =>
        status >= 300
          ? problem(check, `refused (${status} ${message})`)
          : rows.some((row) => row.sys_id === known.sys_id) || rows.length === pageSize
            ? ok(check, "found")
            : problem(check, "a customer who is there is not found: each order of his would make another one")
    )
  })
})

/** Checks the instance by reads alone. */
export const checkReading = Effect.gen(function* () {
  const cases = yield* caseChecks
  if (cases.length === 1 && cases[0]?.verdict === "problem" && cases[0].check === "Cases") return cases
  return [...cases, ...(yield* referenceChecks), ...(yield* consumerChecks), ...(yield* timeChecks)]
})
