import { Clock, Effect } from "effect"

import type { ConsumerOrigin, FactOf } from "../../domain/communication/Fact.ts"
import { attemptsOf } from "../../domain/communication/HeldSteps.ts"
import type { Journey } from "../../domain/journeys/Journey.ts"
import { caseKey, keyOfBody } from "../../domain/outbound/caseKey.ts"
import { newConsumer, identifyCustomer } from "../../domain/outbound/consumer.ts"
import { customerOf, type Outbound } from "../../domain/outbound/Outbound.ts"
import { notCalled } from "../../domain/responses/refusal.ts"
import { expiresAt, expiryOf } from "../../domain/rules/checkDispatchable.ts"
import { isFinal, serviceNowFailure } from "../../domain/vendor/failure.ts"
import { HeldBack, Indeterminate, type ServiceNowReason } from "../../domain/vendor/failureReasons.ts"
import { reasonText } from "../../domain/vendor/reasonText.ts"
import { vendorWords } from "../../domain/vendor/vendorWords.ts"
import { CallDeadline } from "../../services/Breakers.ts"
import { Settings } from "../../services/Settings.ts"
import { timed } from "../../telemetry/metrics.ts"
import { traced } from "../../telemetry/traced.ts"
import { Communication, once } from "../communication/Communication.ts"
import { givenUpAt, hold } from "../communication/hold.ts"
import { ServiceNowError } from "../vendor/ServiceNowError.ts"
import { CaseCreation } from "./CaseCreation.ts"
import { caseRequest } from "./caseRequest.ts"
import { ConsumerCreation } from "./ConsumerCreation.ts"
import { Consumers } from "./Consumers.ts"
import { KnownCases } from "./KnownCases.ts"

const consumerFound = (sysId: string, origem: ConsumerOrigin, avisos: ReadonlyArray<string>) =>
  Effect.map(Clock.currentTimeMillis, (at): FactOf<"ConsumerFound"> => ({
    _tag: "ConsumerFound",
    at,
    sysId,
    origem,
    avisos
  }))

/** Refused with 4xx. The creation will never work, so the generic consumer is used (SPEC 3.3). */
const isRefused = ({ reason }: ServiceNowError) => isFinal(reason)

const mayBeThere = "consumidor não criado: pode existir sem que a busca o mostre; usado o genérico"

/** Finds or creates the consumer that the Case belongs to, or uses the generic one (SPEC 3). Safe to repeat. */
const identifyConsumer = Effect.fnUntraced(function* (order: Outbound, journey: Journey) {
  const consumers = yield* Consumers
  const creation = yield* ConsumerCreation
  const { guestConsumer } = (yield* Settings).serviceNow
  const { keys, avisos: invalid, placeholders } = identifyCustomer(customerOf(order), journey.placeholders)

  const lookup = yield* consumers.findConsumer(keys)
  if (lookup.found !== undefined) {
    return yield* consumerFound(lookup.found.sysId, lookup.found.origem, [...invalid, ...lookup.avisos])
  }
  const avisos = [...invalid, ...placeholders, ...lookup.avisos]

  const generic = (...why: ReadonlyArray<string>) =>
    consumerFound(guestConsumer, "generico", [...new Set([...avisos, ...why])])
  const missing = newConsumer(order.cliente, keys)
  if (missing === undefined || journey.missingConsumer === "guest") return yield* generic()
  if (lookup.unseen !== undefined) return yield* generic(mayBeThere)

  return yield* creation.create(order.cliente.id, missing, keys).pipe(
    Effect.flatMap((created) =>
      created.sysId === undefined
        ? generic(...created.avisos, mayBeThere)
        : consumerFound(created.sysId, created.origem, [...new Set([...avisos, ...created.avisos])])
    ),
    Effect.catchIf(isRefused, (error) =>
      generic(
        `consumidor não criado (HTTP ${error.reason._tag === "Refused" ? error.reason.status : 0}); usado o genérico`
      )
    )
  )
})

const keyOf = (order: Outbound) =>
  Effect.map(Settings, ({ serviceNow }) => caseKey(serviceNow.keyField, order.id_correlacao))

/** Makes the intent durable before the POST. From then on a Case may exist (SPEC 4.3). */
const intendCase = Effect.fnUntraced(function* (order: Outbound, journey: Journey) {
  const communication = yield* Communication
  const identify = once((state) => state.consumer, timed("consumer")(identifyConsumer(order, journey)))
  const consumer = yield* Effect.interruptible(identify)
  const body = yield* caseRequest(order, journey, consumer.sysId)
  const intent: FactOf<"CaseIntended"> = { _tag: "CaseIntended", at: yield* Clock.currentTimeMillis, body }
  yield* communication.record([intent])
  return intent
})

/**
 * The intent of a run before an operator's retry, with a body by the journey as it is now. The body is used if a look
 * shows that there is no Case (SPEC 10.1). `undefined` for any other intent, which is sent as it is.
 */
const retriedIntent = Effect.fnUntraced(function* (order: Outbound, journey: Journey) {
  const { caseIntent, consumer, retried } = yield* (yield* Communication).state
  if (caseIntent === undefined || retried?.steps.includes("case") !== true || caseIntent.at >= retried.at)
    return undefined
  const customer = consumer?.sysId ?? caseIntent.body.consumer
  const body = yield* caseRequest(order, journey, typeof customer === "string" ? customer : "")
  return {
    ...(retried.appearsUntil !== undefined && { appearsUntil: retried.appearsUntil }),
    intent: { ...caseIntent, body }
  }
})

const caseOpened = Effect.fnUntraced(function* (order: Outbound, journey: Journey) {
  const communication = yield* Communication
  const creation = yield* CaseCreation
  const knownCases = yield* KnownCases
  const { adopted, caseIntent: known, held } = yield* communication.state
  const retried = yield* retriedIntent(order, journey)
  const appearsUntil = held.get("case")?.appearsUntil ?? retried?.appearsUntil
  const intent = retried?.intent ?? known ?? (yield* intendCase(order, journey))
  // A look queries the key that was sent.
  const key = keyOfBody((known ?? intent).body, yield* keyOf(order), order.id_correlacao)
  const opened = yield* creation.openCase({
    id: order.id_correlacao,
    key,
    control: knownCases.control(key, order.cod_jornada),
    body: intent.body,
    intendedAt: intent.at,
    // An adopted communication already has its Case, because its record comes after its answer (SPEC 8.2).
    inDoubt: known !== undefined || adopted !== undefined,
    // A process that posts again makes a new intent first.
    own: known !== undefined && communication.inherited.caseIntent?.at !== known.at,
    ...(appearsUntil !== undefined && { appearsUntil }),
    renewIntent: Effect.flatMap(Clock.currentTimeMillis, (at) => communication.record([{ ...intent, at }]))
  })
  // The instance has cut the longer key of another Case to this one.
  if (opened.seen === true && (yield* knownCases.isAnothers(opened.sysId, order.id_correlacao))) {
    const detail = `a instância não devolve ${key.field} como foi gravado: o Case encontrado é de outra comunicação`
    const reason = new Indeterminate({ detail, blindField: key.field })
    return yield* new ServiceNowError({ operation: "openCase", reason, attempts: 1 })
  }
  yield* knownCases.opened(key, order.cod_jornada, opened.seen === true)
  yield* Effect.logDebug("case opened").pipe(
    Effect.annotateLogs({ case_number: opened.number, case_sys_id: opened.sysId })
  )
  const fact: FactOf<"CaseOpened"> = {
    _tag: "CaseOpened",
    at: yield* Clock.currentTimeMillis,
    sysId: opened.sysId,
    number: opened.number,
    response: { status: opened.status, sys_id: opened.sysId, number: opened.number },
    avisos: opened.avisos,
    ...(opened.state !== undefined && { state: opened.state }),
    ...(opened.assignmentGroup !== undefined && { assignmentGroup: opened.assignmentGroup })
  }
  return fact
})

/** Without an intent of the Case, only the creation of the customer is in doubt. */
const withoutDoubt = (reason: ServiceNowReason): ServiceNowReason => {
  if (reason._tag !== "HeldBack") return reason
  const { called, reason: why } = reason
  return new HeldBack({ reason: why, ...(called && { called }) })
}

const caseFailed = Effect.fnUntraced(function* (order: Outbound, journey: Journey, error: ServiceNowError) {
  const communication = yield* Communication
  const at = yield* Clock.currentTimeMillis
  // The vendor was unavailable until the order was too old (SPEC 9.2, 2.5).
  const expiry = error.reason._tag === "HeldBack" ? expiryOf(order, journey, at) : undefined
  const { caseIntent, held } = yield* communication.state
  const reason = caseIntent === undefined ? withoutDoubt(error.reason) : error.reason
  const isDoubtful = reason._tag === "HeldBack" && reason.appearsUntil !== undefined
  const attempts = attemptsOf(held, "case", error.attempts)
  yield* Effect.logWarning(`case not opened: ${error.message}`).pipe(Effect.annotateLogs(vendorWords(error.reason)))
  if (error.reason._tag === "Indeterminate" && error.reason.blindField !== undefined) {
    yield* (yield* KnownCases).blind(error.reason.blindField)
  }
  const fact: FactOf<"CaseFailed"> = {
    _tag: "CaseFailed",
    at,
    ...(caseIntent && { request: caseIntent.body }),
    response: expiry
      ? {
          ...notCalled(expiry, "validade expirada", attempts),
          ...(isDoubtful && { resultado: "desconhecido" as const })
        }
      : serviceNowFailure({ reason, attempts }),
    avisos: [],
    mayExist: caseIntent !== undefined && (isDoubtful || reason._tag === "Indeterminate" || error.doubtful === true)
  }
  return fact
})

/** Lets the Case wait for ServiceNow until it is given up, or records that it has failed (SPEC 9.2). */
const caseNotOpened = Effect.fnUntraced(function* (order: Outbound, journey: Journey, error: ServiceNowError) {
  const { reason } = error
  if (reason._tag !== "HeldBack") return yield* caseFailed(order, journey, error)
  const communication = yield* Communication
  const until = yield* givenUpAt("case", order, journey)
  if ((yield* Clock.currentTimeMillis) >= until) return yield* caseFailed(order, journey, error)
  const { caseIntent, held } = yield* communication.state
  return yield* hold({
    step: "case",
    vendor: "servicenow",
    reason: reasonText(reason.reason),
    attempts: attemptsOf(held, "case", error.attempts),
    until,
    // Without an intent of the Case, only the creation of the customer is in doubt, and that has its own rows.
    ...(caseIntent !== undefined && reason.appearsUntil !== undefined && { appearsUntil: reason.appearsUntil })
  })
})

/**
 * Returns the customer's Case, or why there is none (SPEC 3, 4). Safe to repeat: never opens a second Case (SPEC 4.3).
 */
export const openCase = (order: Outbound, journey: Journey) =>
  // A POST under way at a stop completes and is remembered. The waits between attempts end at once (SPEC 9.4).
  Effect.uninterruptible(
    once(
      (state) => state.case,
      timed("case")(
        caseOpened(order, journey).pipe(
          Effect.provideService(CallDeadline, expiresAt(order, journey)),
          Effect.catchTag("ServiceNowError", (error) => caseNotOpened(order, journey, error))
        )
      )
    )
  ).pipe(traced("openCase"))
