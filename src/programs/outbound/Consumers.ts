import { Context, Effect, Layer } from "effect"

import type { ConsumerOrigin } from "../../domain/communication/Fact.ts"
import type { ConsumerRow, ConsumerWay } from "../../domain/outbound/chooseConsumer.ts"
import type { ConsumerKeys, NewConsumer } from "../../domain/outbound/consumer.ts"
import type { SearchResult } from "../../domain/outbound/ConsumerFindings.ts"
import { conditionsOf, type ConsumerQuery, consumerQuery, queryById } from "../../domain/outbound/consumerQuery.ts"
import { type ConsumerSight, type KnownConsumer, waysToFind } from "../../domain/outbound/knownConsumer.ts"
import { isFinal } from "../../domain/vendor/failure.ts"
import { type AttemptReason, Refused } from "../../domain/vendor/failureReasons.ts"
import { type IsAnswer, type LookResult, makeIsAnswer } from "../../domain/vendor/lookVerdict.ts"
import { type AttemptState, ServiceNow } from "../../services/ServiceNow.ts"
import { Settings } from "../../services/Settings.ts"
import { traced } from "../../telemetry/traced.ts"
import { makeRetryBudget, retrying } from "../vendor/retryBudget.ts"
import type { ServiceNowError } from "../vendor/ServiceNowError.ts"
import { createOnce, type NotAnnounced } from "./createOnce.ts"
import { type ConsumerTable, searchConsumer } from "./searchConsumer.ts"

export interface ConsumerLookup {
  readonly found?: { readonly sysId: string; readonly origem: ConsumerOrigin }
  /** In Portuguese, for the response's `avisos`. */
  readonly avisos: ReadonlyArray<string>
  /** The ways that may have missed an existing consumer. If there are any, it must not be created. */
  readonly unseen?: ReadonlyArray<ConsumerWay>
  /** With a `sight` only: the ways whose control was not shown. Absent if there are none, and if somebody was found. */
  readonly missed?: ReadonlyArray<ConsumerWay>
  /** With a `sight` only: `found`, and the ways by which a search must show it. */
  readonly known?: KnownConsumer
}

export interface CreatedConsumer {
  readonly sysId: string
  readonly avisos: ReadonlyArray<string>
  /** With a `sight` only, as in `ConsumerLookup`. */
  readonly known?: KnownConsumer
}

export interface ConsumerToCreate<E = never> {
  readonly consumer: NewConsumer
  readonly keys: ConsumerKeys
  /** As in `findConsumer`. */
  readonly sight?: ConsumerSight
  /**
   * The latest time at which an earlier creation of this consumer sent its last byte, monotonic milliseconds. Absent if
   * every earlier creation has an outcome.
   */
  readonly inDoubtSince?: number
  /** Announces each POST before it is made. Nothing is sent if it fails. */
  readonly beforePost: Effect.Effect<void, E>
  /**
   * Called at the end of each POST that may be carried out, with the monotonic time of that end, and with `-Infinity`
   * at the end of any other.
   */
  readonly afterPost?: (sentUntil: number) => void
}

const unknownSight: ConsumerSight = { blind: new Set(), controls: new Map() }

const knownBy = (keys: ConsumerKeys, row: ConsumerRow): KnownConsumer => ({
  sysId: row.sysId,
  keys,
  ways: waysToFind(keys, row)
})

/** `None` only if no way may have missed the consumer. */
const lookResultOf = (
  keys: ConsumerKeys,
  { avisos, found, missed, unseen }: SearchResult
): LookResult<CreatedConsumer> => {
  if (found !== undefined) {
    return { _tag: "Found", found: { sysId: found.row.sysId, avisos, known: knownBy(keys, found.row) } }
  }
  if (missed !== undefined) return { _tag: "Unproven", detail: "a busca não mostra um consumidor que existe" }
  return unseen === undefined
    ? { _tag: "None" }
    : { _tag: "Unknowable", detail: "não há como saber se o consumidor foi criado: a busca por ele não o mostraria" }
}

const make = Effect.gen(function* () {
  const serviceNow = yield* ServiceNow
  const settings = yield* Settings
  const fields = settings.serviceNow
  const { timeout } = fields
  /** What all operations together know of the instance's consumers. */
  const table: ConsumerTable = { fields, documentShown: false }

  /** Reads the rows of a query, with the retries of `operation`. */
  const readIn = (operation: string) => (query: ConsumerQuery) =>
    retrying(makeRetryBudget(operation, settings, JSON.stringify(query)), (attemptState) =>
      serviceNow.findConsumers(query, attemptState)
    ).pipe(
      Effect.catchTag("ServiceNowError", (error) =>
        error.reason._tag === "Refused" && isFinal(error.reason) ? Effect.succeed(error.reason) : Effect.fail(error)
      )
    )
  const readToFind = readIn("findConsumer")
  const readToProbe = readIn("probeConsumer")

  const findConsumer = Effect.fnUntraced(function* (keys: ConsumerKeys, sight?: ConsumerSight) {
    const search = { keys, table, sight: sight ?? unknownSight, read: readToFind }
    const { avisos, found, missed, unseen } = yield* searchConsumer(search)
    return {
      avisos,
      ...(unseen && { unseen }),
      ...(found && { found: { sysId: found.row.sysId, origem: found.origem } }),
      ...(sight && missed && { missed }),
      ...(sight && found && { known: knownBy(keys, found.row) })
    }
  }, traced("ServiceNow.findConsumer"))

  /** Makes one POST. */
  const post = <E>(
    { consumer, keys }: ConsumerToCreate<E>,
    attemptState: AttemptState,
    announce: Effect.Effect<void, NotAnnounced<E>>
  ): Effect.Effect<CreatedConsumer, AttemptReason | NotAnnounced<E>> =>
    serviceNow
      .admit(attemptState, (slot) => Effect.andThen(announce, slot.createConsumer(consumer)))
      .pipe(
        Effect.map(({ avisos, row, showsDocument }) => {
          if (showsDocument) table.documentShown = true
          return { sysId: row.sysId, avisos, known: knownBy(keys, row) }
        })
      )

  /** Looks once for the consumer that a doubtful POST may have created. All of its queries are one attempt. */
  const look = (keys: ConsumerKeys, sight: ConsumerSight, attemptState: AttemptState, isAnswer: IsAnswer) => {
    const read = (query: ConsumerQuery) =>
      serviceNow
        .findConsumers(query, attemptState)
        .pipe(
          Effect.catchTag("Refused", (refused) => (isAnswer(refused) ? Effect.succeed(refused) : Effect.fail(refused)))
        )
    return Effect.map(searchConsumer({ keys, table, sight, read }), (result) => lookResultOf(keys, result))
  }

  const createConsumer = <E>(input: ConsumerToCreate<E>) => {
    const { afterPost, beforePost, inDoubtSince, keys, sight } = input
    const isAnswer = makeIsAnswer()
    return createOnce<CreatedConsumer, E, never>({
      retryBudget: makeRetryBudget("createConsumer", settings, JSON.stringify(keys)),
      timeout,
      inDoubtUntil: inDoubtSince === undefined ? undefined : inDoubtSince + timeout,
      renewIntent: beforePost,
      ended: (appearsUntil) => afterPost?.(appearsUntil - timeout),
      post: (attemptState, announce) => post(input, attemptState, announce),
      look: (attemptState) => look(keys, sight ?? unknownSight, attemptState, isAnswer)
    }).pipe(
      Effect.map(({ avisos, known, sysId }) => ({ sysId, avisos, ...(sight && known && { known }) })),
      traced("ServiceNow.createConsumer")
    )
  }

  const search = Effect.fnUntraced(function* (query: ConsumerQuery | undefined) {
    const page = query === undefined ? { rows: [] } : yield* readToProbe(query)
    return page instanceof Refused ? [] : page.rows
  })

  const probeConsumer = Effect.fnUntraced(function* (known: KnownConsumer, way: ConsumerWay) {
    const isOwn = (row: ConsumerRow) => row.sysId === known.sysId
    const found = yield* search(consumerQuery(conditionsOf(way, known.keys, fields)))
    if (found.some((row) => isOwn(row) && waysToFind(known.keys, row).includes(way))) return "shown"
    const row = (yield* search(queryById(known.sysId))).find(isOwn)
    if (row === undefined || waysToFind(known.keys, row).includes(way)) return "missed"
    const values = { document: [row.document], email: [row.email], phone: row.phones, digits: row.phones }[way]
    return values.every((value) => value.trim() === "") ? "missed" : "changed"
  }, traced("ServiceNow.probeConsumer"))

  return Consumers.of({ findConsumer, createConsumer, probeConsumer })
})

/**
 * Finds consumers in ServiceNow, creates each once, and probes whether the search shows known ones. Every method
 * retries transient failures (SPEC 4.6), is safe to call again, and fails with `ServiceNowError` only when its retries
 * are used up or the refusal is final.
 */
export class Consumers extends Context.Service<
  Consumers,
  {
    /**
     * Returns the verified consumer by document, else e-mail, else phone (SPEC 3.1–3.5). Changes nothing. Each query is
     * retried on its own. Without a `sight` nothing is known about the search.
     */
    findConsumer(keys: ConsumerKeys, sight?: ConsumerSight): Effect.Effect<ConsumerLookup, ServiceNowError>
    /** Creates a consumer. After a doubtful attempt it searches by `keys` before making another (SPEC 3.3). */
    createConsumer<E>(input: ConsumerToCreate<E>): Effect.Effect<CreatedConsumer, ServiceNowError | E>
    /**
     * Searches for a consumer that exists, by one way. `changed`: it no longer has the value by which it was known, so
     * the answer says nothing about the way.
     */
    probeConsumer(
      known: KnownConsumer,
      way: ConsumerWay
    ): Effect.Effect<"shown" | "missed" | "changed", ServiceNowError>
  }
>()("brom-ctx/programs/Consumers") {
  static readonly layer = Layer.effect(Consumers, make)
}
