import { Effect, Random } from "effect"

import type { Json } from "../../../domain/record/ChannelResult.ts"
import { Settings } from "../../../services/Settings.ts"
import { ServiceNowTables, type TableAnswer, type TextRow } from "../../../services/VendorAccess.ts"
import { hidden, refusal } from "./checkReading.ts"
import { type Finding, ok, problem, warning } from "./Finding.ts"

/** The length of the longest key: an id_correlacao, or its substitute in a field of another name (SPEC 4.3). */
const keyLength = (keyField: string) => (keyField === "u_id_correlacao" ? 200 : 41)

/** How long the instance's own flows have to change a new Case. */
const flowTime = "7 seconds"

const noteText = "brom-ctx doctor: ação, <b>negrito</b>, 👍\nsegunda linha"
const caseFields = ["sys_id", "number", "state", "assignment_group", "priority"]

/** The part of a text that every store keeps: its letters and digits. */
const survives = (text: string) => text.replaceAll(/<[^>]*>|[^\p{L}\p{N}]/gu, "")

const differing = (sent: Json, row: TextRow | undefined, fields: ReadonlyArray<string>) =>
  fields.filter((field) => field in sent && (row?.[field] ?? "") !== String(sent[field]))

const customer = Effect.fnUntraced(function* (mark: string) {
  const tables = yield* ServiceNowTables
  const { phoneFields } = (yield* Settings).serviceNow
  const [phoneField = "phone"] = phoneFields
  const phone = `+55119${mark.slice(0, 8).replace(/^[0-5]/, "9")}`
  const email = `doctor-${mark}@example.invalid`
  const body: Json = {
    first_name: "brom-ctx",
    last_name: "doctor",
    name: "brom-ctx doctor",
    email,
    ...Object.fromEntries(phoneFields.map((field) => [field, phone]))
  }
  const made = yield* tables.create("consumers", body)
  if (made.status >= 300) return [refusal("customer", "create a customer", made)]
  const findings: Array<Finding> = [ok("customer", "created; it stays, for the API has no use for it afterwards")]
  const sysId = made.rows[0]?.sys_id ?? ""
  if (sysId === "")
    findings.push(problem("customer", "the answer to a create has no sys_id: a customer could be made twice"))
  for (const [name, query] of [
    ["e-mail", `email=${email}`],
    ["phone", `${phoneField}=${phone}`],
    ["the end of his phone", `${phoneField}LIKE${phone.slice(-8)}`]
  ] as const) {
    const check = `customer by ${name}`
    const found = yield* tables.read("consumers", { query, fields: ["sys_id", "email"], limit: 10 })
    const isFound = found.rows.some((row) => row.email === email || (sysId !== "" && row.sys_id === sysId))
    findings.push(
      found.status >= 300
        ? refusal(check, "look for a customer", found)
        : isFound
          ? ok(check, "found")
          : problem(check, "a customer who is there is not found: each order of his would make another one")
    )
  }
  return findings
})

/** Longer than the keys that orders usually have. */
const usualLength = 100

const cutAfter = (keyField: string, length: number, wanted: number) =>
  (length < usualLength ? problem : warning)(
    "key",
    `${keyField} is cut after ${length} characters: make it ${wanted} or more`
  )

const lookAt = (made: TableAnswer, found: TableAnswer, keyField: string, key: string): ReadonlyArray<Finding> => {
  const row = found.rows.find((one) => one.sys_id === made.rows[0]?.sys_id) ?? found.rows[0]
  const seen = row?.[keyField] ?? ""
  if (found.status >= 300) return [refusal("key", "look for a Case by its key", found)]
  const blind = hidden("Cases", found, 10)
  if (blind.length > 0) return blind
  if (row === undefined) {
    const cut = made.rows[0]?.[keyField] ?? ""
    return [
      cut !== "" && cut !== key
        ? cutAfter(keyField, cut.length, key.length)
        : problem("key", `a Case that is there is not found by ${keyField}: a lost answer could open it twice`)
    ]
  }
  const findings: Array<Finding> = []
  if (seen === key) findings.push(ok("key", `${keyField} keeps ${key.length} characters`))
  else if (!(keyField in row)) findings.push(problem("key", `the Case has no field ${keyField}`))
  else if (seen === "") findings.push(problem("key", `${keyField} is empty on reads: a read ACL, or no such field`))
  else findings.push(cutAfter(keyField, seen.length, key.length))
  if ((row.number ?? "") === "") findings.push(problem("number", "is empty on reads: a read ACL"))
  return findings
}

const noteChecks = Effect.fnUntraced(function* (sysId: string) {
  const tables = yield* ServiceNowTables
  const written = yield* tables.update("cases", sysId, { work_notes: noteText })
  if (written.status >= 300) return [refusal("note", "write a note", written)]
  const read = yield* tables.read("cases", { sysId, fields: ["work_notes"], displayed: true })
  const seen = read.displayed[0]?.work_notes ?? read.rows[0]?.work_notes ?? ""
  if (!survives(seen).includes(survives(noteText))) {
    return [
      problem("note", "a note that was written does not come back: whether a lost one was written stays in doubt")
    ]
  }
  return [
    seen.replaceAll("\r\n", "\n").includes(noteText) && !seen.includes("\r\n")
      ? ok("note", "comes back as written")
      : warning("note", "comes back changed (line ends, HTML or characters of four bytes): people see it so, too")
  ]
})

const closeChecks = Effect.fnUntraced(function* (sysId: string) {
  const tables = yield* ServiceNowTables
  const bare = yield* tables.update("cases", sysId, { state: 6 })
  const isNeeded = bare.status === 403 || bare.status === 400
  const closed = isNeeded ? yield* tables.update("cases", sysId, { state: 6, resolution_code: "Solved" }) : bare
  if (closed.status >= 300) return [refusal("close", "resolve a Case", closed)]
  const findings: Array<Finding> = [
    isNeeded
      ? warning("close", "state 6 needs resolution_code: each journey that closes Cases must have resolutionCode")
      : ok("close", "state 6 needs no resolution_code")
  ]
  if (closed.rows[0]?.state !== "6")
    findings.push(problem("close", "answered with success, and the state is not stored"))
  const ended = yield* tables.update("cases", sysId, { state: 3 })
  const after = yield* tables.update("cases", sysId, { work_notes: "brom-ctx doctor: depois do fechamento" })
  if (ended.status < 300 && ended.rows[0]?.state === "3" && after.status >= 300) {
    findings.push(
      warning(
        "closed Case",
        `takes no note (${after.status}): what a customer writes after it closed stays off the Case`
      )
    )
  }
  return findings
})

/** Opens one Case, writes on it as the service does, and closes it. */
const theCase = Effect.fnUntraced(function* (mark: string) {
  const tables = yield* ServiceNowTables
  const { assignmentGroup, guestConsumer, humanGroup, keyField } = (yield* Settings).serviceNow
  const fields = [...caseFields, keyField]
  const key = `brom-ctx-doctor|${mark}|`.padEnd(keyLength(keyField), "0123456789")
  const sent: Json = {
    consumer: guestConsumer,
    short_description: "brom-ctx doctor",
    priority: 3,
    impact: 1,
    urgency: 1,
    [keyField]: key,
    ...(assignmentGroup !== undefined && { assignment_group: assignmentGroup })
  }
  const made = yield* tables.create("cases", sent)
  if (made.status >= 300) return [refusal("Case", "open a Case", made)]
  const findings: Array<Finding> = [ok("Case", "opened")]
  const found = yield* tables.read("cases", { query: `${keyField}=${key}`, fields, limit: 10 })
  findings.push(...lookAt(made, found, keyField, key))
  const answered = made.rows[0]?.sys_id ?? ""
  const sysId = answered || (found.rows.find((row) => row[keyField] === key)?.sys_id ?? "")
  if (answered === "") findings.push(problem("Case", "the answer to a create has no sys_id"))
  if (sysId === "")
    return [...findings, problem("Case", `could not be found again; close it by hand (${keyField} ${key})`)]
  const [row] = (yield* tables.read("cases", { sysId, fields: [...fields, "consumer"] })).rows
  const lost = differing(sent, row ?? made.rows[0], ["consumer", "assignment_group", "priority"])
  if (row !== undefined && lost.length > 0)
    findings.push(warning("Case", `stored otherwise than sent: ${lost.join(", ")}`))
  yield* Effect.sleep(flowTime)
  const [later] = (yield* tables.read("cases", { sysId, fields })).rows
  const changed =
    row === undefined ? [] : ["state", "assignment_group"].filter((field) => later?.[field] !== row[field])
  if (later !== undefined && changed.length > 0) {
    findings.push(warning("flows", `something changes a new Case by itself: ${changed.join(", ")}`))
  }
  findings.push(...(yield* noteChecks(sysId)))
  const handOver: Json = { state: 10, ...(humanGroup !== undefined && { assignment_group: humanGroup }) }
  const handed = yield* tables.update("cases", sysId, handOver)
  const kept = differing(handOver, handed.rows[0], ["state", "assignment_group"])
  findings.push(
    handed.status >= 300
      ? refusal("hand-over", "change state and group", handed)
      : kept.length > 0
        ? problem("hand-over", `answered with success and not stored: ${kept.join(", ")}`)
        : ok("hand-over", "state and group are stored")
  )
  return [...findings, ...(yield* closeChecks(sysId))]
})

/** Checks the instance with one new customer, and with one Case that it opens and closes again. */
export const checkWriting = Effect.gen(function* () {
  const mark = (yield* Random.nextIntBetween(1_000_000_000, 9_999_999_999)).toString()
  return [...(yield* customer(mark)), ...(yield* theCase(mark))]
})
