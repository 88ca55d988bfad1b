import { Clock, Effect, Schema } from "effect"

import { oneOrMany, order } from "../core/control.ts"
import { decodeOrder, parseOrder } from "../core/decode.ts"
import { makeSimulator } from "../core/makeSimulator.ts"
import type { Answered, SimRequest, Simulator } from "../core/Simulator.ts"
import { makeAuth } from "./auth.ts"
import { notAuthenticated, serviceNowPages } from "./errors.ts"
import { journalTexts, storedCases, storedConsumers, type StoredCase, type StoredRecord } from "./inspect.ts"
import { makeInstance } from "./Instance.ts"
import { instanceNames, instances } from "./instances.ts"
import { decodeServiceNowOptions, type ServiceNowOptions, type ServiceNowSettings } from "./options.ts"
import { makeRateLimit } from "./rateLimit.ts"
import { endFlows } from "./rules.ts"
import { type ConsumerSeed, decodeSeed, insertSeeds, seedConsumers } from "./seedConsumers.ts"
import { answerTable, parseObject, tablePath } from "./tableApi.ts"

/** A ServiceNow instance with the tables of this product, and methods that only a simulator has. */
export interface ServiceNowSimulator extends Simulator {
  /** In order of creation. */
  readonly cases: Effect.Effect<ReadonlyArray<StoredCase>>
  /** In order of creation. */
  readonly consumers: Effect.Effect<ReadonlyArray<StoredRecord>>
  /** Texts of a Case's work notes, oldest first. Empty for an unknown sys_id. */
  notes(sysId: string): Effect.Effect<ReadonlyArray<string>>
  /** Adds consumers and returns their sys_ids. Dies if a field or a value does not belong to the table. */
  seed(consumers: ReadonlyArray<ConsumerSeed>): Effect.Effect<ReadonlyArray<string>>
  /** Changes only the given options. */
  change(options: ServiceNowOptions): Effect.Effect<void>
  /** From now on every OAuth token issued so far is answered with 401. */
  readonly expireTokens: Effect.Effect<void>
}

const InstanceOrder = Schema.Struct({ name: Schema.Literals(instanceNames) })
type InstanceOrder = typeof InstanceOrder.Type
const decodeInstanceOrder = decodeOrder(InstanceOrder)

/** The settings that a named instance keeps from how the simulator was started. */
const kept = ({ nextCaseNumber, seed }: ServiceNowSettings): ServiceNowSettings => ({
  ...(nextCaseNumber !== undefined && { nextCaseNumber }),
  ...(seed !== undefined && { seed })
})

/** A fresh instance, with only the consumers of its settings. */
export const makeServiceNowSimulator = (settings: ServiceNowSettings = {}): Effect.Effect<ServiceNowSimulator> =>
  Effect.sync(() => {
    const fresh = (started: ServiceNowSettings) => {
      const instance = makeInstance(started)
      insertSeeds(instance, started.consumers ?? [], 0)
      return {
        instance,
        auth: makeAuth(settings.credentials ?? {}, settings.seed ?? 1),
        rateLimit: makeRateLimit()
      }
    }
    let world = fresh(settings)
    const become = ({ name }: InstanceOrder) => {
      const { consumers, options } = instances[name]
      world = fresh({ ...kept(settings), ...options, consumers })
      return { name, options: world.instance.options }
    }
    const settled = Effect.map(Clock.currentTimeMillis, (now) => {
      endFlows(world.instance, now)
      return world.instance
    })

    const work = (request: SimRequest, now: number): Answered => {
      const { auth, instance, rateLimit } = world
      endFlows(instance, now)
      if (request.path === "/oauth_token.do" && request.method === "POST") {
        return auth.token(request, now, instance.options.tokenLifetime)
      }
      const user = auth.userOf(request, now)
      if (user === undefined) return notAuthenticated
      return rateLimit(instance.options.rateLimit, now) ?? answerTable(instance, request, { user, now })
    }

    const idOf = ({ body, path }: SimRequest): ReadonlyArray<string> => {
      const sent = Reflect.get(parseObject(body) ?? {}, "u_id_correlacao")
      const { sysId, table } = tablePath(path) ?? {}
      const row = table === "sn_customerservice_case" ? world.instance.tables[table].get(sysId ?? "") : undefined
      return [sent, row?.values.u_id_correlacao].filter((id) => typeof id === "string")
    }

    const seed = (consumers: ReadonlyArray<ConsumerSeed>) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => seedConsumers(world.instance, consumers, now))
    const expireTokens = Effect.sync(() => world.auth.expire())
    const state = Effect.map(settled, (instance) => ({
      consumers: storedConsumers(instance),
      cases: storedCases(instance)
    }))

    const simulator = makeSimulator({
      name: "ServiceNow",
      work,
      idOf,
      pages: serviceNowPages,
      reset: () => {
        world = fresh(settings)
      },
      controls: {
        "GET /state": { help: "consumers, and Cases with their notes", run: () => state },
        "GET /options": { help: "the options", run: () => Effect.sync(() => ({ options: world.instance.options })) },
        "POST /options": order("change some options", decodeServiceNowOptions, (options) => {
          world.instance.change(options)
          return { options: world.instance.options }
        }),
        "GET /instances": { help: "the named instances", run: () => Effect.succeed({ instances }) },
        "POST /instance": order(
          'become a named instance, {"name": "strict"}: its options, and of the data only its own consumers',
          decodeInstanceOrder,
          become
        ),
        "POST /consumers": {
          help: "add a consumer, or an array of them; sys_id and sys_created_on can be chosen",
          run: ({ body }) =>
            parseOrder(body).pipe(
              Effect.flatMap(oneOrMany(decodeSeed)),
              Effect.flatMap(seed),
              Effect.map((sysIds) => ({ sysIds }))
            )
        },
        "POST /expire-tokens": {
          help: "refuse every OAuth token issued so far",
          run: () => Effect.as(expireTokens, {})
        }
      }
    })

    return {
      ...simulator,
      cases: Effect.map(settled, storedCases),
      consumers: Effect.sync(() => storedConsumers(world.instance)),
      notes: (sysId) =>
        Effect.sync(() => journalTexts(world.instance.tables.sn_customerservice_case.get(sysId), "work_notes")),
      seed: (consumers) => Effect.orDie(seed(consumers)),
      change: (options) => Effect.sync(() => world.instance.change(options)),
      expireTokens
    }
  })
