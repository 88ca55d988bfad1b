import { Effect, Option } from "effect"

import type { Simulator, LoggedRequest } from "../../simulators/core/Simulator.ts"
import type { ChannelResult, Json } from "../../src/domain/record/ChannelResult.ts"
import type { KafkaRecord } from "../../src/services/Kafka.ts"
import { defaultJourneys } from "./defaultJourneys.ts"
import { makeWorld, type World, type WorldOptions } from "./World.ts"

/** The `id_correlacao` of the fixture record. */
export const fixtureId = "pedido_entregue_amanha|550e8400-e29b-41d4-a716-446655440000|805566999OBM3028874-01"

/** The fixture's customer as a consumer in ServiceNow. */
export const joao = {
  sys_id: "c0ffee00c0ffee00c0ffee00c0ffee00",
  email: "joao.silva@example.com",
  first_name: "João"
}

/** A world without a process yet. Its customer already is a consumer. */
export const preparedWorld = Effect.fnUntraced(function* (options: WorldOptions = {}) {
  const world = yield* makeWorld(options)
  yield* world.serviceNow.seed([joao])
  return world
})

/** A world with its first process. Its customer already is a consumer. */
export const runningWorld = Effect.fnUntraced(function* (options: WorldOptions = {}) {
  const world = yield* preparedWorld(options)
  return { ...world, process: yield* world.start }
})

/** Waits until the first Case of a new database was read back, which its order does not wait for (SPEC 4.3). */
export const readBack = ({ runtimeStatus, until }: Pick<World, "runtimeStatus" | "until">) =>
  until(
    Effect.flatMap(runtimeStatus.intake, (intake) =>
      Option.isNone(intake)
        ? Effect.succeed(false)
        : Effect.map(intake.value.keySight, ({ sight }) => sight === "proven")
    )
  )

/** The project's journeys file with some keys of its journey set. */
export const journeysWith = (keys: Readonly<Record<string, string | number | boolean>>): string =>
  Object.entries(keys).reduce((text, [key, value]) => {
    const line = `    ${key}: ${value}`
    const known = new RegExp(`^ {4}${key}: .*$`, "m")
    return known.test(text) ? text.replace(known, line) : `${text}\n${line}\n`
  }, defaultJourneys)

type Itsm = ChannelResult & { readonly consumer?: Json; readonly atualizacoes?: ReadonlyArray<ChannelResult> }

/** The result of each channel in a response. */
export const channels = (response: Json | undefined) =>
  (response?.resultados ?? {}) as { readonly whatsapp?: ChannelResult; readonly itsm?: Itsm }

/** The `erro` of a refused record's response. */
export const erroOf = (response: Json | undefined) => (response?.erro ?? {}) as Json

/** All requests `POST /v1/campaigns/xpro/dispatch`, oldest first. */
export const calls = ({ requests }: Pick<Simulator, "requests">) =>
  Effect.map(requests, (all) => all.map(({ method, path }) => `${method} ${path}`))

/** The requests that write at a vendor, oldest first. */
export const writes = ({ requests }: Pick<Simulator, "requests">) =>
  Effect.map(requests, (all) => all.filter(({ method }) => method !== "GET"))

export const bodyOf = (request: LoggedRequest | undefined): Json => JSON.parse(request?.body ?? "null")

/** The contact of a dispatch, as sent. */
export const contactOf = (request: LoggedRequest | undefined) => {
  const [contact] = bodyOf(request).contacts as ReadonlyArray<Json & { readonly context: Json }>
  return contact
}

/** Waits until a vendor has received this many requests. */
export const asked = (world: World, { requests }: Pick<Simulator, "requests">, count: number) =>
  world.until(Effect.map(requests, (all) => all.length === count))

/** How many requests both vendors have received. */
export const requestCount = ({ serviceNow, weni }: World) =>
  Effect.map(Effect.all([serviceNow.requests, weni.requests]), (logs) => logs.flat().length)

const decoder = new TextDecoder()

/** The headers of a record as text. */
export const headersOf = (record: KafkaRecord | undefined): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Array.from(record?.headers ?? [], ({ name, value }) => [decoder.decode(name), decoder.decode(value ?? undefined)])
  )

export const textOf = (bytes: Uint8Array | null | undefined): string | null =>
  bytes === null || bytes === undefined ? null : decoder.decode(bytes)

/** How each record has ended, by `partition/offset`. */
export const endings = ({ store }: World): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...store.records.values()].map(({ ending, origin }) => [`${origin.partition}/${origin.offset}`, ending])
  )
