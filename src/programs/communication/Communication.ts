import { Context, Effect } from "effect"

import type { Fact } from "../../domain/communication/Fact.ts"
import { evolve, fold, type State } from "../../domain/communication/State.ts"
import type { CorrelationId } from "../../domain/record/Origin.ts"
import { termsOf } from "../../domain/search/SearchTerm.ts"
import { toE164 } from "../../domain/values/phone.ts"
import { codigosOf } from "../../domain/views/Listing.ts"
import { talliesOf } from "../../domain/views/tallies.ts"
import { indexOf, viewOf } from "../../domain/views/View.ts"
import { Fenced, Journal, type UnknownFact } from "../../services/Journal.ts"
import type { RecordEnding } from "../../services/Ledger.ts"

/** What one program knows of the journal of its communication. */
export interface Journaled {
  /** How many facts are durable. `-1` if another process has added some meanwhile. */
  readonly seq: number
  /** The facts of an append that was interrupted. They may be durable, too. */
  readonly unknown: ReadonlyArray<Fact>
}

/** The communication that the current program works on: its facts so far, and the only way to append to them. */
export class Communication extends Context.Service<
  Communication,
  {
    readonly id: CorrelationId
    /** The state when this program began. A crashed run may have carried out an intent in it. */
    readonly before: State
    /** The state when this process took the communication over. Other processes may have begun only what is in it. */
    readonly inherited: State
    /** The state now. */
    readonly state: Effect.Effect<State>
    /**
     * Adds a fact that is known at once and durable with the next `record`. Only for facts whose effect is safe to
     * repeat.
     */
    remember(fact: Fact): Effect.Effect<void>
    /** Returns when these facts are durable, with all remembered ones and with `endings`, in one commit. */
    record(facts: ReadonlyArray<Fact>, endings?: ReadonlyArray<RecordEnding>): Effect.Effect<void, Fenced>
    /**
     * Records the outcome of an outside effect. After a lost race it reloads, appends again and then fails: the outcome
     * is durable, and the program must run again on what the other writer did.
     */
    settle(fact: Fact): Effect.Effect<void, Fenced | UnknownFact>
    /** How many facts are durable, and the ones of an append that was interrupted, which may be durable too. */
    readonly journaled: Effect.Effect<Journaled>
    /** Makes the remembered facts durable. For a program that ends before its next `record`. */
    readonly flush: Effect.Effect<void, Fenced>
    /**
     * Fails if another process has added facts. For a result without a new fact, because no append would then detect
     * the other writer.
     */
    readonly confirmed: Effect.Effect<void, Fenced | UnknownFact>
  }
>()("brom-ctx/programs/Communication") {}

/**
 * Opens the communication. `known` is its state after the last program. It may not be the latest one if it is
 * `guessed`.
 */
export const openCommunication = Effect.fnUntraced(function* (
  id: CorrelationId,
  known: State,
  { guessed = false, inherited = known } = {}
) {
  const journal = yield* Journal
  let state = known
  let storedCodigos = codigosOf(known)
  let durable = known.seq
  let doubted = guessed
  let pending: ReadonlyArray<Fact> = []
  let unknown: ReadonlyArray<Fact> = []
  let overtaken = false

  const record = Effect.fnUntraced(function* (facts: ReadonlyArray<Fact>, endings: ReadonlyArray<RecordEnding> = []) {
    const added = [...pending, ...facts]
    const next = facts.reduce(evolve, state)
    const phone = next.accepted?.order.cliente.num_telefone
    unknown = added
    const codigos = codigosOf(next)
    yield* journal
      .append({
        id,
        seq: durable,
        facts: added,
        view: viewOf(next, phone === undefined ? undefined : toE164(phone)),
        index: indexOf(added),
        terms: termsOf(id, added, next),
        ...(codigos.join() !== storedCodigos.join() && { codigos }),
        tallies: talliesOf(added, next),
        endings
      })
      .pipe(Effect.tapError(() => Effect.sync(() => (unknown = []))))
    unknown = []
    storedCodigos = codigos
    state = next
    durable = next.seq
    doubted = false
    pending = []
  })

  const reload = Effect.map(journal.load(id), (facts) => {
    state = fold(facts)
    storedCodigos = codigosOf(state)
    durable = state.seq
    pending = []
    overtaken = true
  })

  const confirmed = Effect.suspend(() =>
    doubted
      ? Effect.flatMap(journal.load(id), ({ length }) => {
          doubted = length !== durable
          return doubted ? Effect.fail(new Fenced({ id, seq: durable })) : Effect.void
        })
      : Effect.void
  )

  const settle = (fact: Fact): Effect.Effect<void, Fenced | UnknownFact> =>
    Effect.catch(record([fact]), (fenced) =>
      Effect.andThen(
        reload,
        Effect.suspend(() =>
          Effect.andThen(
            // Retention has deleted the communication. The outcome alone would begin another one, which nothing could
            // end (SPEC 5.3).
            durable === 0
              ? Effect.logWarning(`${fact._tag} came after its communication was deleted`)
              : Effect.catch(settle(fact), () => Effect.void),
            Effect.fail(fenced)
          )
        )
      )
    )

  return Communication.of({
    id,
    before: known,
    inherited,
    state: Effect.sync(() => state),
    remember: (fact) =>
      Effect.sync(() => {
        pending = [...pending, fact]
        state = evolve(state, fact)
      }),
    record,
    settle,
    journaled: Effect.sync(() => ({ seq: overtaken ? -1 : durable, unknown })),
    flush: Effect.suspend(() => {
      if (pending.length === 0) return Effect.void
      const interrupted = unknown
      // If the interrupted append caused the fence, that append is durable after all.
      return Effect.tapError(record([]), () => Effect.sync(() => (unknown = interrupted)))
    }),
    confirmed
  })
})

/** Returns the known fact, or runs the effect and remembers its fact. The effect must be safe to repeat. */
export const once = Effect.fnUntraced(function* <A extends Fact, E, R>(
  known: (state: State) => A | undefined,
  effect: Effect.Effect<A, E, R>
) {
  const communication = yield* Communication
  const happened = known(yield* communication.state)
  if (happened !== undefined) return happened
  const fact = yield* effect
  yield* communication.remember(fact)
  return fact
})

/**
 * Runs the effect at most once. The intent is durable before the effect starts, and the outcome before anything
 * follows. Neither can be interrupted once the intent is made (SPEC 9.4). A caller that finds an intent without an
 * outcome must not call this.
 */
export const atMostOnce = Effect.fnUntraced(function* <Outcome extends Fact, R>(
  intent: Fact,
  effect: Effect.Effect<Outcome, never, R>
) {
  const communication = yield* Communication
  return yield* Effect.uninterruptible(
    Effect.gen(function* () {
      yield* communication.record([intent])
      const outcome = yield* effect
      yield* communication.settle(outcome)
      return outcome
    })
  )
})
