import { Effect, type Scope, Semaphore } from "effect"
import type { Admin as KafkaAdmin } from "kafkajs"

import { HASTY, type MakeClient } from "./client.ts"
import { BrokerFailure, failureOf } from "./failure.ts"

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
