import { Context, Effect, Layer } from "effect"

import { type CaseKey, idField } from "../../domain/outbound/caseKey.ts"
import { type CaseRow, hasIds, oldestCase, undecidedText } from "../../domain/outbound/caseLook.ts"
import type { Json } from "../../domain/record/ChannelResult.ts"
import type { CorrelationId } from "../../domain/record/Origin.ts"
import { monotonicMillis, monotonicOf } from "../../domain/values/monotonicTime.ts"
import { isOwnRefusal } from "../../domain/vendor/failure.ts"
import { type AttemptReason, Unreadable } from "../../domain/vendor/failureReasons.ts"
import { type IsAnswer, type LookResult, makeIsAnswer } from "../../domain/vendor/lookVerdict.ts"
import { type AttemptState, ServiceNow } from "../../services/ServiceNow.ts"
import { Settings } from "../../services/Settings.ts"
import { attribute } from "../../telemetry/names.ts"
import { annotated, traced } from "../../telemetry/traced.ts"
import { foreignAppearsUntil, pollUntilKnown } from "../vendor/pollUntilKnown.ts"
import { makeRetryBudget } from "../vendor/retryBudget.ts"
import { SentHere } from "../vendor/SentHere.ts"
import { isDuplicateError, type ServiceNowError } from "../vendor/ServiceNowError.ts"
import { createOnce, type NotAnnounced } from "./createOnce.ts"
import { lookForCase } from "./lookForCase.ts"

export interface NewCase<E = never> {
  readonly id: CorrelationId
  /** The key that `body` carries and that a look for the Case queries. If absent, the id itself. */
  readonly key?: CaseKey
  /**
   * Chooses a Case of ours that is known to exist, which a look queries beside `key`. Without one no look allows a
   * create (SPEC 4.3).
   */
  readonly control?: Effect.Effect<CaseKey | undefined>
  /** As sent. */
  readonly body: Json
  /** When the intent became durable, epoch milliseconds (SPEC 4.3). */
  readonly intendedAt: number
  /** An earlier run left the intent without an answer. The Case is looked for before one is created. */
  readonly inDoubt: boolean
  /**
   * No POST of an earlier run may take effect after this time, epoch milliseconds. Used only in doubt. Set if the last
   * run has recorded it (SPEC 9.2).
   */
  readonly appearsUntil?: number
  /** The intent is this process's own, and no other process has added a fact since: none can have sent a POST. */
  readonly own?: boolean
  /**
   * Makes the intent durable with the current time. Runs before every POST except the one that `intendedAt` announces.
   */
  readonly renewIntent: Effect.Effect<void, E>
}

export interface OpenedCase {
  readonly sysId: string
  readonly number: string
  /** 201 or 200 as answered. 200 for a Case that was found (SPEC 4.3). */
  readonly status: number
  readonly avisos: ReadonlyArray<string>
  /** A look found the Case, and it had the whole key. */
  readonly seen?: true
  /** As the instance answered them, raw. Absent if the answer has no such field. */
  readonly state?: string
  readonly assignmentGroup?: string
}

interface Keyed {
  readonly key: CaseKey
}

const incomplete: LookResult<never> = {
  _tag: "Unknowable",
  detail: "há um Case desta comunicação, mas a instância não mostra seu sys_id e number"
}

const shownOf = ({ assignmentGroup, number, state, sysId }: CaseRow) => ({
  ...(state !== undefined && { state }),
  ...(assignmentGroup !== undefined && { assignmentGroup }),
  sysId,
  number
})

/**
 * Reads a row that lacks its number. Returns `row` itself if it has its number or no sys_id, or if the instance shows
 * no more of it.
 */
const completed = Effect.fnUntraced(function* (
  { field }: CaseKey,
  row: CaseRow,
  attemptState: AttemptState,
  isAnswer: IsAnswer = isOwnRefusal
): Effect.fn.Return<CaseRow, AttemptReason, ServiceNow> {
  if (row.number !== "" || row.sysId === "") return row
  const serviceNow = yield* ServiceNow
  const read = yield* serviceNow
    .readCaseRow(row.sysId, field, attemptState)
    .pipe(Effect.catchTag("Refused", (refused) => (isAnswer(refused) ? Effect.undefined : Effect.fail(refused))))
  return read ?? row
})

/**
 * The Case that a look found, the oldest of several. A row that lacks its number is read by its sys_id. SPEC 4.3: its
 * status is 200.
 */
const foundCase = Effect.fnUntraced(function* (
  key: CaseKey,
  found: ReadonlyArray<CaseRow>,
  attemptState: AttemptState,
  isAnswer: IsAnswer
): Effect.fn.Return<LookResult<OpenedCase>, AttemptReason, ServiceNow> {
  const oldest = oldestCase(found)
  const row = oldest && (yield* completed(key, oldest, attemptState, isAnswer))
  if (row === undefined || !hasIds(row)) return incomplete
  const avisos = found.length > 1 ? [`${found.length} Cases com o mesmo ${key.field}; usado o mais antigo`] : []
  return { _tag: "Found", found: { ...shownOf(row), status: 200, avisos, seen: true } }
})

/** Looks once for a Case that a doubtful POST may have created. */
const look = Effect.fnUntraced(function* (
  { control, key }: Pick<NewCase<unknown>, "control"> & Keyed,
  attemptState: AttemptState,
  isAnswer: IsAnswer
): Effect.fn.Return<LookResult<OpenedCase>, AttemptReason, ServiceNow> {
  const sight = yield* lookForCase(key, control && (yield* control), attemptState)
  switch (sight._tag) {
    case "Found":
      return yield* foundCase(key, sight.rows, attemptState, isAnswer)
    case "None":
      return sight
    case "Unproven":
      return { _tag: "Unproven", detail: undecidedText(key, sight) }
    case "Blind":
      return { _tag: "Unknowable", detail: undecidedText(key, sight), blindField: key.field }
  }
})

/** Makes one POST. An answer that lacks the number is completed by a read, in a slot of its own. */
const post = Effect.fnUntraced(function* <E>(
  { body, key }: NewCase<E> & Keyed,
  attemptState: AttemptState,
  announce: Effect.Effect<void, NotAnnounced<E>, ServiceNow>
): Effect.fn.Return<OpenedCase, AttemptReason | NotAnnounced<E>, ServiceNow> {
  const serviceNow = yield* ServiceNow
  const { avisos, hasRecord, row, status } = yield* serviceNow.admit(attemptState, (slot) =>
    Effect.andThen(announce, slot.createCase(body))
  )
  const detail = "a resposta não tem result.sys_id e result.number"
  const unreadable = () => new Unreadable({ status, detail, hasRecord })
  const created = yield* Effect.mapError(completed(key, row, attemptState), unreadable)
  if (!hasIds(created)) return yield* unreadable()
  return { ...shownOf(created), status, avisos }
})

/** Opens Cases in ServiceNow, one for each communication (SPEC 4). */
export class CaseCreation extends Context.Service<
  CaseCreation,
  {
    /**
     * Opens the Case of `id`. Never creates a second one (SPEC 4.3). Retries transient failures (SPEC 4.6), is safe to
     * call again, and fails only when its retries are used up or the refusal is final.
     */
    openCase<E>(input: NewCase<E>): Effect.Effect<OpenedCase, ServiceNowError | E>
  }
>()("brom-ctx/programs/CaseCreation") {
  static readonly layer = Layer.effect(
    CaseCreation,
    Effect.gen(function* () {
      const serviceNow = yield* ServiceNow
      const settings = yield* Settings
      const sentHere = new SentHere()

      /** Until when a Case of an earlier run may appear, monotonic milliseconds. */
      const appearsUntilOf = ({ appearsUntil, id, own }: NewCase<unknown>, intendedAt: number) => {
        if (appearsUntil !== undefined) return monotonicOf(appearsUntil)
        return own === true ? Effect.succeed(sentHere.appearsUntil(id)) : foreignAppearsUntil(settings, intendedAt)
      }

      const openCase = Effect.fnUntraced(function* <E>(input: NewCase<E>) {
        yield* annotated(() => ({ [attribute.correlationId]: input.id }))
        const keyed = { ...input, key: input.key ?? { field: idField, value: input.id } }
        const intendedAt = yield* monotonicOf(input.intendedAt)
        const isAnswer = makeIsAnswer()
        const retryBudget = makeRetryBudget("openCase", settings, input.id)
        const lookAgain = (attemptState: AttemptState) => look(keyed, attemptState, isAnswer)
        /** An instance whose key is unique refuses a Case that an earlier POST has created after the last look. */
        const findDuplicated = (error: ServiceNowError) =>
          pollUntilKnown(retryBudget, -Infinity, lookAgain).pipe(
            Effect.orElseSucceed(() => undefined),
            Effect.flatMap((found) => (found === undefined ? Effect.fail(error) : Effect.succeed(found)))
          )
        const inDoubtUntil = input.inDoubt ? yield* appearsUntilOf(input, intendedAt) : undefined
        const opened = yield* createOnce<OpenedCase, E, ServiceNow>({
          retryBudget,
          timeout: settings.serviceNow.timeout,
          inDoubtUntil,
          announcedAt: Math.min(intendedAt, yield* monotonicMillis),
          renewIntent: input.renewIntent,
          ended: (until, at) => sentHere.add(input.id, until, at),
          post: (attemptState, announce) => post(keyed, attemptState, announce),
          look: lookAgain
        }).pipe(Effect.catchIf(isDuplicateError, findDuplicated), Effect.provideService(ServiceNow, serviceNow))
        sentHere.delete(input.id)
        yield* annotated(() => ({ [attribute.caseNumber]: opened.number, [attribute.caseSysId]: opened.sysId }))
        return opened
      }, traced("ServiceNow.openCase"))

      return CaseCreation.of({ openCase })
    })
  )
}
