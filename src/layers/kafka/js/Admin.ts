import { Schema, Effect, type Scope, Semaphore } from "effect"
import type { Admin as KafkaAdmin } from "kafkajs"

import { HASTY, type MakeClient } from "./client.ts"

/** Why an exchange with the brokers failed: `code` is the protocol's error type, or the name of a client error. */
export class BrokerFailure extends Schema.TaggedError<BrokerFailure>()("BrokerFailure", {
  code: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `${this.code}: ${this.detail}`
  }
}

const causes = (error: unknown): ReadonlyArray<Error> => (error instanceof Error ? [error, ...causes(error.cause)] : [])

/** The first protocol error in the chain of causes, else the last cause. */
export const failureOf = (error: unknown): BrokerFailure => {
  const chain = causes(error)
  for (const it of chain) {
    if ("type" in it && typeof it.type === "string") return new BrokerFailure({ code: it.type, detail: it.message })
  }
  const last = chain.at(-1)
  return new BrokerFailure({ code: last?.name ?? "Unknown", detail: last?.message ?? String(error) })
}

/** What a refused produce request means for its records. */
export type Verdict = "too-large" | "refused" | "forbidden" | "fatal" | "again"

const verdicts: Readonly<Record<string, Verdict>> = {
  MESSAGE_TOO_LARGE: "too-large",
  RECORD_LIST_TOO_LARGE: "too-large",
  INVALID_RECORD: "refused",
  POLICY_VIOLATION: "refused",
  UNSUPPORTED_FOR_MESSAGE_FORMAT: "refused",
  INVALID_TOPIC_EXCEPTION: "forbidden",
  TOPIC_AUTHORIZATION_FAILED: "forbidden",
  OUT_OF_ORDER_SEQUENCE_NUMBER: "fatal",
  UNKNOWN_PRODUCER_ID: "fatal",
  INVALID_PRODUCER_EPOCH: "fatal",
  INVALID_PRODUCER_ID_MAPPING: "fatal",
  PRODUCER_FENCED: "fatal"
}

/** Everything that is not known to be final is tried again. */
export const verdictOf = (failure: BrokerFailure): Verdict => verdicts[failure.code] ?? "again"

/** Milliseconds for one question to the brokers, connecting included. */
const PATIENCE = 15_000
const GOODBYE = 3000

/** Questions to the brokers, one at a time, on a connection that is made when it is needed and again after a failure. */
export interface Admin {
  use<A>(ask: (admin: KafkaAdmin) => Promise<A>): Effect.Effect<A, BrokerFailure>
}

export const makeAdmin = Effect.fnUntraced(function* (
  makeClient: MakeClient
): Effect.fn.Return<Admin, never, Scope.Scope> {
  const turn = yield* Semaphore.make(1)
  let admin: KafkaAdmin | undefined

  const connected = Effect.suspend(() => {
    if (admin !== undefined) return Effect.succeed(admin)
    const fresh = makeClient(HASTY).admin()
    return Effect.tryPromise({ try: () => fresh.connect(), catch: failureOf }).pipe(
      Effect.map(() => (admin = fresh)),
      Effect.onError(() => disconnect(fresh))
    )
  })

  const drop = Effect.suspend(() => {
    const old = admin
    admin = undefined
    return old === undefined ? Effect.void : disconnect(old)
  })
  yield* Effect.addFinalizer(() => drop)

  const late = () => Effect.fail(new BrokerFailure({ code: "Timeout", detail: `no answer in ${PATIENCE} ms` }))
  return {
    use: (ask) =>
      connected.pipe(
        Effect.flatMap((it) => Effect.tryPromise({ try: () => ask(it), catch: failureOf })),
        Effect.timeoutOrElse({ duration: PATIENCE, orElse: late }),
        Effect.tapError(() => drop),
        turn.withPermits(1)
      )
  }
})

/** Ends within 3 s, whatever the brokers do. */
export const disconnect = (client: { disconnect(): Promise<void> }): Effect.Effect<void> =>
  Effect.tryPromise(() => client.disconnect()).pipe(Effect.timeoutOption(GOODBYE), Effect.ignore)
