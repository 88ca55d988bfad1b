import { Schema, Effect, type Scope, Semaphore } from "effect"

import { HASTY, type MakeClient } from "./client.ts"
import type { FetchingAdmin } from "./fetchingAdmin.ts"

/** Why an exchange with the brokers failed. `code` is the protocol's error type or the name of a client error. */
export class BrokerFailure extends Schema.TaggedError<BrokerFailure>()("BrokerFailure", {
  code: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `${this.code}: ${this.detail}`
  }
}

const causes = (error: unknown): ReadonlyArray<Error> => (error instanceof Error ? [error, ...causes(error.cause)] : [])

/** Returns the first protocol error in the chain of causes, or else the last cause. */
export const failureOf = (error: unknown): BrokerFailure => {
  const chain = causes(error)
  for (const it of chain) {
    if ("type" in it && typeof it.type === "string") return new BrokerFailure({ code: it.type, detail: it.message })
  }
  const last = chain.at(-1)
  const detail = last?.message ?? String(error)
  // The address of a broker that refuses is the one that the cluster advertises, which may differ from ours.
  const broker = last !== undefined && "broker" in last && typeof last.broker === "string" ? last.broker : undefined
  return new BrokerFailure({
    code: last?.name ?? "Unknown",
    detail: broker === undefined || detail.includes(broker) ? detail : `${detail} (${broker})`
  })
}

/** Whether a broker has answered with this protocol error. A system error such as `ECONNREFUSED` is not an answer. */
export const isAnswer = ({ code }: BrokerFailure): boolean => /^[A-Z_]+$/.test(code) && !code.startsWith("E")

/** What a rejected produce request means for its records. */
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

/** Returns "again" for every failure that is not known to be final. */
export const verdictOf = (failure: BrokerFailure): Verdict => verdicts[failure.code] ?? "again"

/** Sends requests to the brokers, one at a time. Connects when needed, and again after a failure. */
export interface Admin {
  use<A>(request: (admin: FetchingAdmin) => Promise<A>): Effect.Effect<A, BrokerFailure>
}

const GOODBYE = 3000

/** Disconnects within 3 s, whatever the brokers do. */
export const disconnect = (client: { disconnect(): Promise<void> }): Effect.Effect<void> =>
  Effect.tryPromise(() => client.disconnect()).pipe(Effect.timeoutOption(GOODBYE), Effect.ignore)

/** Milliseconds for one request to the brokers, including connecting. */
const PATIENCE = 15_000

export const makeAdmin = Effect.fnUntraced(function* (
  makeClient: MakeClient
): Effect.fn.Return<Admin, never, Scope.Scope> {
  const mutex = yield* Semaphore.make(1)
  let admin: FetchingAdmin | undefined

  const connected = Effect.suspend(() => {
    if (admin !== undefined) return Effect.succeed(admin)
    const newAdmin: FetchingAdmin = makeClient(HASTY).admin()
    return Effect.tryPromise({ try: () => newAdmin.connect(), catch: failureOf }).pipe(
      Effect.map(() => (admin = newAdmin)),
      Effect.onError(() => disconnect(newAdmin))
    )
  })

  const drop = Effect.suspend(() => {
    const oldAdmin = admin
    admin = undefined
    return oldAdmin === undefined ? Effect.void : disconnect(oldAdmin)
  })
  yield* Effect.addFinalizer(() => drop)

  const timeout = () => Effect.fail(new BrokerFailure({ code: "Timeout", detail: `no answer in ${PATIENCE} ms` }))
  return {
    use: (request) =>
      connected.pipe(
        Effect.flatMap((it) => Effect.tryPromise({ try: () => request(it), catch: failureOf })),
        Effect.timeoutOrElse({ duration: PATIENCE, orElse: timeout }),
        Effect.tapError(() => drop),
        mutex.withPermits(1)
      )
  }
})
