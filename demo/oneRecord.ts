import { readFileSync } from "node:fs"
import { relative } from "node:path"

import { Console, Effect, Option, Predicate } from "effect"

import type { Json } from "../src/domain/record/ChannelResult.ts"
import { type Origin, originKey } from "../src/domain/record/Origin.ts"
import { isoTime } from "../src/domain/values/parseTime.ts"
import { endedOn, pollUntil, responsesByCause } from "./stream.ts"
import type { World } from "./world.ts"

/**
 * The file's text. In a JSON object `tims_evento` is replaced by the demo's time, because the order would otherwise
 * have expired.
 */
const valueOf = (file: string, now: number): string => {
  const text = readFileSync(file, "utf8")
  const parsed = Option.getOrUndefined(Option.liftThrowable((): unknown => JSON.parse(text))())
  return Predicate.isObject(parsed) ? JSON.stringify({ ...parsed, tims_evento: isoTime(now) }) : text
}

const indented = (value: unknown): string => JSON.stringify(value, undefined, 2).replaceAll(/^/gm, "    ")

const printCase = Effect.fnUntraced(function* (world: World, id: string) {
  const found = (yield* world.serviceNow.cases).find(({ fields }) => fields.u_id_correlacao === id)
  if (found === undefined) return
  const { description, priority, short_description, state } = found.fields
  yield* Console.log(`\n  ServiceNow: ${found.number}, state ${state}, priority ${priority}`)
  for (const line of [short_description, description, ...found.notes]) yield* Console.log(`    ${line}`)
})

const printMessage = Effect.fnUntraced(function* (world: World, id: string) {
  const found = (yield* world.weni.dispatches).find(({ idContexto }) => idContexto === id)
  if (found === undefined) return
  const { campaign, fullNumber, idCase } = found
  yield* Console.log(`\n  WhatsApp: campaign ${campaign}, to ${fullNumber}, with ${idCase}`)
})

const printResponse = Effect.fnUntraced(function* (world: World, response: Json | undefined) {
  yield* Console.log(`\n  response on ${world.settings.topics.response}:`)
  yield* Console.log(response === undefined ? "    none" : indented(response))
})

/** Puts the record of a file on the topic, and shows the resulting Case, message and response. */
export const showRecord = Effect.fnUntraced(function* (world: World, file: string, port: number | undefined) {
  const topic = world.settings.topics.in
  const value = valueOf(file, yield* world.clock.currentTimeMillis)
  const before = yield* endedOn(world, topic)
  const { offset, partition } = yield* world.broker.append({ topic, key: file, value, headers: {} })
  yield* pollUntil(Effect.map(endedOn(world, topic), (ended) => ended > before))
  const origin: Origin = { topic, partition, offset }
  const response = (yield* responsesByCause(world)).get(originKey(origin))
  const id = response?.id_correlacao
  yield* Console.log(`\n  the record of ${relative(".", file)}: ${originKey(origin)}`)
  if (Predicate.isString(id)) {
    yield* printCase(world, id)
    yield* printMessage(world, id)
  }
  yield* printResponse(world, response)
  if (port !== undefined && Predicate.isString(id)) {
    yield* Console.log(`\n  its story: http://127.0.0.1:${port}/comunicacoes/${encodeURIComponent(id)}`)
  }
})
