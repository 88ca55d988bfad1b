import { Clock, Context, Effect } from "effect"

import type { Fact } from "../../domain/communication/Fact.ts"
import { evolve, fold, type State } from "../../domain/communication/State.ts"
import type { CorrelationId } from "../../domain/record/CorrelationId.ts"
import { toE164 } from "../../domain/values/phone.ts"
import { indexOf, viewOf } from "../../domain/views/View.ts"
import { type Fenced, Journal } from "../../services/Journal.ts"
import type { RecordEnding } from "../../services/Ledger.ts"

/** The communication that the current program works on: its facts so far, and the only way to add to them. */
export class Communication extends Context.Service<
  Communication,
  {
    readonly id: CorrelationId
    /** What was known when this program began: an intent in it may have been carried out by a run that died. */
    readonly before: State
    /** What is known now. */
    readonly state: Effect.Effect<State>
    /** Known at once, durable with the next `record`. For facts whose effect is safe to repeat. */
    remember(fact: Fact): Effect.Effect<void>
    /** Durable when it returns, with all that was remembered; `endings` in the same commit. */
    record(facts: ReadonlyArray<Fact>, endings?: ReadonlyArray<RecordEnding>): Effect.Effect<void, Fenced>
    /** Records the outcome of an outside effect: a lost race reloads and appends again, it never drops the outcome. */
    settle(fact: Fact): Effect.Effect<void>
    /** Makes durable what was only remembered; for a program that ends before its next `record`. */
    readonly flush: Effect.Effect<void, Fenced>
  }
>()("brom-ctx/programs/Communication") {}

/** `known`: the state after the last program on this communication. */
export const openCommunication = Effect.fnUntraced(function* (id: CorrelationId, known: State) {
  const journal = yield* Journal
  let state = known
  let durable = known.seq
  let pending: ReadonlyArray<Fact> = []

  const record = Effect.fnUntraced(function* (facts: ReadonlyArray<Fact>, endings: ReadonlyArray<RecordEnding> = []) {
    const added = [...pending, ...facts]
    const next = facts.reduce(evolve, state)
    const at = yield* Clock.currentTimeMillis
    const phone = next.accepted?.order.cliente.num_telefone
    yield* journal.append({
      id,
      seq: durable,
      facts: added,
      view: viewOf(next, phone === undefined ? undefined : toE164(phone), at),
      index: indexOf(added),
      endings
    })
    state = next
    durable = next.seq
    pending = []
  })

  const reload = Effect.map(journal.load(id), (facts) => {
    state = fold(facts)
    durable = state.seq
    pending = []
  })

  const settle = (fact: Fact): Effect.Effect<void> =>
    Effect.catch(record([fact]), () => Effect.flatMap(reload, () => settle(fact)))

  return Communication.of({
    id,
    before: known,
    state: Effect.sync(() => state),
    remember: (fact) =>
      Effect.sync(() => {
        pending = [...pending, fact]
        state = evolve(state, fact)
      }),
    record,
    settle,
    flush: Effect.suspend(() => (pending.length === 0 ? Effect.void : record([])))
  })
})

/** Happens once: the fact that is known, or the effect's, remembered. The effect must be safe to repeat. */
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
 * Runs at most once: the intent is durable before the effect starts and the outcome before anything follows; neither
 * can be interrupted from the intent on (SPEC 9.4). Whoever finds an intent without outcome must not come here.
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
