import { Context, Effect, Layer, Scope } from "effect"

import { fold } from "../../domain/communication/State.ts"
import { caseName } from "../../domain/inbound/namesOf.ts"
import { caseKey, type CaseKey, keyOfBody } from "../../domain/outbound/caseKey.ts"
import { covers } from "../../domain/outbound/caseLook.ts"
import { monotonicMillis } from "../../domain/values/monotonicTime.ts"
import { CommunicationIndex, type IndexedCase } from "../../services/CommunicationIndex.ts"
import { Journal } from "../../services/Journal.ts"
import { ServiceNow } from "../../services/ServiceNow.ts"
import { Settings } from "../../services/Settings.ts"
import { countBlindLook } from "../../telemetry/metrics.ts"
import { catchNonInterrupt } from "../runtime/retryOnDefect.ts"
import { showsCase } from "./lookForCase.ts"

/** A Case of ours that is known to exist. */
interface KnownCase {
  readonly journey: string
  readonly key: CaseKey
}

/** How far back the journal is searched for a Case of ours. */
const mostSearched = 500

/**
 * Milliseconds after the start until a Case from before it is looked for. A Case that is opened until then proves as
 * much.
 */
const startPause = 30_000

/** Milliseconds after a blind look until the next Case is read back. */
const blindPause = 60_000

const shows = (control: CaseKey, key: CaseKey) =>
  control.field === key.field && control.value !== key.value && covers(control.value, key.value)

/** Whether the instance has been seen to show our Cases by their key (SPEC 4.3). */
export type KeySight = "unproven" | "proven" | "blind"

/**
 * The Cases of ours that this process knows of, newest first. An older Case of a journey stays only if its key shows
 * more of the column than those of the newer ones, so there are few.
 */
class Newest {
  private cases: ReadonlyArray<KnownCase> = []

  add(added: KnownCase): void {
    const stays = ({ journey, key }: KnownCase) =>
      journey !== added.journey ||
      key.field !== added.key.field ||
      (key.value !== added.key.value && !covers(added.key.value, key.value))
    this.cases = [added, ...this.cases.filter(stays)]
  }

  /** The newest Case that can be the control of `key`, of this journey, or of any if `journey` is absent. */
  find(key: CaseKey, journey?: string): CaseKey | undefined {
    return this.cases.find((known) => (journey === undefined || known.journey === journey) && shows(known.key, key))
      ?.key
  }
}

/**
 * The Cases of ours that are known to exist, and whether looks show them. A look that may allow a create also queries
 * one of them (SPEC 4.3).
 */
export class KnownCases extends Context.Service<
  KnownCases,
  {
    /**
     * The Case that a look for `key` also queries: the newest of its journey whose key is at least as long, else the
     * newest such Case of any journey. Reads the journal if this process has opened none.
     */
    control(key: CaseKey, journey: string): Effect.Effect<CaseKey | undefined>
    /**
     * Records that a Case was opened. If its key shows more of the column than was read back before, the Case is read
     * back once, in the background. `seen`: a look has found it.
     */
    opened(key: CaseKey, journey: string, seen: boolean): Effect.Effect<void>
    /** Whether the Case that a look for this communication has found belongs to another one of ours. */
    isAnothers(sysId: string, id: string): Effect.Effect<boolean>
    /** Records that a look by this field does not show existing Cases. */
    blind(field: string): Effect.Effect<void>
    readonly sight: Effect.Effect<{ readonly field: string; readonly sight: KeySight }>
  }
>()("brom-ctx/programs/KnownCases") {
  static readonly layer = Layer.effect(
    KnownCases,
    Effect.gen(function* () {
      const serviceNow = yield* ServiceNow
      const communicationIndex = yield* CommunicationIndex
      const journal = yield* Journal
      const settings = yield* Settings
      const { keyField } = settings.serviceNow
      const scope = yield* Scope.Scope
      const newest = new Newest()
      const readBack = new Newest()
      let sight: KeySight = "unproven"
      let pausedUntil = -Infinity

      const blind = Effect.fnUntraced(function* (field: string) {
        if (field === keyField) {
          sight = "blind"
          pausedUntil = (yield* monotonicMillis) + blindPause
        }
        yield* countBlindLook(field)
        yield* Effect.logError(
          `ServiceNow does not show Cases by ${field} as they were written: a Case in doubt ends INDETERMINADO`
        )
      })

      const proven = (known: KnownCase) => {
        readBack.add(known)
        if (known.key.field === keyField) sight = "proven"
      }

      /** The key that the Case was created with. `undefined` if the journal does not say so. */
      const keyCreatedWith = (id: string, field: string) =>
        journal.load(id).pipe(
          Effect.map((facts) => {
            const { caseIntent } = fold(facts)
            const key = caseKey(field, id)
            return caseIntent && keyOfBody(caseIntent.body, key, id).field === field ? key : undefined
          }),
          Effect.catchTag("UnknownFact", () => Effect.undefined)
        )

      const inJournal = Effect.fnUntraced(function* (key: CaseKey, among: ReadonlyArray<IndexedCase>) {
        const candidates = among.filter(({ id }) => shows(caseKey(key.field, id), key))
        for (const { id } of candidates.slice(0, 3)) {
          const created = yield* keyCreatedWith(id, key.field)
          if (created !== undefined) return created
        }
        return undefined
      })

      const control = Effect.fnUntraced(function* (key: CaseKey, journey: string) {
        const own = newest.find(key, journey)
        if (own !== undefined) return own
        const indexed = yield* communicationIndex.newestCases(mostSearched)
        const sameJourney = indexed.filter((known) => known.journey === journey)
        return (yield* inJournal(key, sameJourney)) ?? newest.find(key) ?? (yield* inJournal(key, indexed))
      })

      /** Looks for a Case that exists. Without an answer nothing is known, and the next Case is read back instead. */
      const lookBack = (known: KnownCase) =>
        showsCase(known.key).pipe(
          Effect.provideService(ServiceNow, serviceNow),
          Effect.provideService(Settings, settings),
          Effect.flatMap((isShown) => (isShown ? Effect.sync(() => proven(known)) : blind(known.key.field))),
          Effect.catchTag("ServiceNowError", (error) => Effect.logWarning(`Case not read back: ${error.message}`)),
          catchNonInterrupt((cause) => Effect.logError("reading back a Case failed", cause))
        )

      let isReading = false
      const done = Effect.sync(() => {
        isReading = false
      })
      const opened = Effect.fnUntraced(function* (key: CaseKey, journey: string, seen: boolean) {
        const known = { key, journey }
        newest.add(known)
        if (seen) return proven(known)
        const isShown = sight !== "blind" && readBack.find(key) !== undefined
        if (isShown || isReading || (yield* monotonicMillis) < pausedUntil) return
        isReading = true
        yield* Effect.forkIn(Effect.ensuring(lookBack(known), done), scope)
      })

      const lookAtStart = Effect.gen(function* () {
        yield* Effect.sleep(startPause)
        if (sight !== "unproven" || isReading) return
        const indexed = yield* communicationIndex.newestCases(mostSearched)
        const longest = [...indexed].sort((a, b) => b.id.length - a.id.length)
        for (const { id, journey } of longest.slice(0, 3)) {
          const key = yield* keyCreatedWith(id, keyField)
          if (key !== undefined) return yield* lookBack({ key, journey })
        }
      })
      yield* Effect.forkIn(lookAtStart, scope)

      const isAnothers = (sysId: string, id: string) =>
        Effect.map(communicationIndex.find(caseName(sysId)), (owner) => owner !== undefined && owner !== id)

      return KnownCases.of({
        control,
        opened,
        isAnothers,
        blind,
        sight: Effect.sync(() => ({ field: keyField, sight }))
      })
    })
  )
}
