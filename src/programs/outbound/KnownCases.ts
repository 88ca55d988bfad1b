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

/** A Case of ours that is known to exist. */
interface KnownCase {
  readonly journey: string
  readonly key: CaseKey
}

/** How far back the journal is searched for a Case of ours. */
const mostSearched = 500

/** Milliseconds after the start until a Case from before is looked for. A Case that is opened until then says as much. */
const startPause = 30_000

/** Milliseconds after a blind look until the next Case is read back. */
const blindPause = 60_000

const shows = (control: CaseKey, key: CaseKey) =>
  control.field === key.field && control.value !== key.value && covers(control.value, key.value)

/** Whether the instance has been seen to show our Cases by their key (SPEC 4.3). */
export type KeySight = "unproven" | "proven" | "blind"

/**
 * The Cases of ours that this process knows of, newest first. Of one journey, an older one stays only if it shows more
 * than the newer ones do, so there are few.
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

  /** Of this journey, else of any if `journey` is absent. */
  find(key: CaseKey, journey?: string): CaseKey | undefined {
    return this.cases.find((known) => (journey === undefined || known.journey === journey) && shows(known.key, key))
      ?.key
  }
}

/**
 * The Cases of ours that are known to exist, and what a look was seen to show of them. A look that may allow a create
 * asks for one of them too (SPEC 4.3).
 */
export class KnownCases extends Context.Service<
  KnownCases,
  {
    /**
     * The Case that a look for `key` asks for too: the newest of its journey whose key is at least as long, else of any
     * journey. Reads the journal if this process has opened none such.
     */
    control(key: CaseKey, journey: string): Effect.Effect<CaseKey | undefined>
    /**
     * A Case was opened. If its key shows more of the column than was read back before, it is read back once, beside the
     * caller. `seen`: a look has found it.
     */
    opened(key: CaseKey, journey: string, seen: boolean): Effect.Effect<void>
    /** Whether the Case that a look for this communication has found belongs to another one of ours. */
    isAnothers(sysId: string, id: string): Effect.Effect<boolean>
    /** A look by this field did not see what is there. */
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
      const { keyField } = (yield* Settings).serviceNow
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

      /** Asks for a Case that exists. Without an answer nothing is known, and the next Case is read back instead. */
      const lookBack = (known: KnownCase) =>
        serviceNow.showsCase(known.key).pipe(
          Effect.flatMap((isShown) => (isShown ? Effect.sync(() => proven(known)) : blind(known.key.field))),
          Effect.catchTag("ServiceNowError", (error) => Effect.logWarning(`Case not read back: ${error.message}`)),
          catchNonInterrupt((cause) => Effect.logError("a Case could not be read back", cause))
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
