import { Effect, Schema } from "effect"

import { decodeOrder, InvalidOrder, type Problem } from "../core/decode.ts"
import type { Instance } from "./Instance.ts"
import { parseUtcTime } from "./time.ts"
import { insertRow } from "./write.ts"

const Seed = Schema.Record(Schema.String, Schema.String)

/** Fields of a consumer. `sys_id` (32 hexadecimal digits) and `sys_created_on` (UTC) can be chosen. */
export type ConsumerSeed = typeof Seed.Type

/** Decodes the shape. Only the instance knows whether the fields exist. */
export const decodeSeed = decodeOrder(Seed)

const choosable = new Set(["sys_id", "sys_created_on"])

/** The problems of a seed on this instance. */
const problemsOf = (instance: Instance, seed: ConsumerSeed, chosen: Set<string>): ReadonlyArray<Problem> => {
  const problems: Array<Problem> = []
  for (const [field, value] of Object.entries(seed)) {
    const expected = (text: string) => problems.push({ field, value, expected: text })
    const known = instance.fields.csm_consumer.get(field)
    if (known === undefined || (known.readOnly === true && !choosable.has(field))) {
      expected("a writable field of csm_consumer")
    } else if (field === "sys_id" && !/^[0-9a-f]{32}$/.test(value)) expected("32 hexadecimal digits in lower case")
    else if (field === "sys_id" && (instance.tables.csm_consumer.get(value) !== undefined || chosen.has(value))) {
      expected("a sys_id that no consumer has")
    } else if (field === "sys_created_on" && parseUtcTime(value) === undefined) expected("yyyy-MM-dd HH:mm:ss")
    if (field === "sys_id") chosen.add(value)
  }
  return problems
}

/** Adds consumers without checking them, and returns their sys_ids. */
export const insertSeeds = (
  instance: Instance,
  seeds: ReadonlyArray<ConsumerSeed>,
  now: number
): ReadonlyArray<string> =>
  seeds.flatMap(({ sys_created_on, sys_id, ...body }) => {
    const createdAt = sys_created_on === undefined ? undefined : parseUtcTime(sys_created_on)
    const fixed = { ...(sys_id !== undefined && { sysId: sys_id }), ...(createdAt !== undefined && { createdAt }) }
    const written = insertRow(instance, "csm_consumer", body, { user: "admin", now }, fixed)
    return "row" in written ? [written.row.sysId] : []
  })

/** Adds consumers, all or none, and returns their sys_ids. */
export const seedConsumers = (
  instance: Instance,
  seeds: ReadonlyArray<ConsumerSeed>,
  now: number
): Effect.Effect<ReadonlyArray<string>, InvalidOrder> =>
  Effect.suspend(() => {
    const chosen = new Set<string>()
    const problems = seeds.flatMap((seed) => problemsOf(instance, seed, chosen))
    if (problems.length > 0) return Effect.fail(new InvalidOrder({ problems }))
    return Effect.succeed(insertSeeds(instance, seeds, now))
  })
