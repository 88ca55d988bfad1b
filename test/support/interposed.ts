import { Effect, Layer } from "effect"

import { Http } from "../../src/services/Http.ts"
import { Journal } from "../../src/services/Journal.ts"
import { Kafka } from "../../src/services/Kafka.ts"

/** Comes between the service and one call to its outside, named `Http.send`, `Journal.append`, `Kafka.publish`, … */
export type Around = <A, E>(call: string, effect: Effect.Effect<A, E>) => Effect.Effect<A, E>

/** Both: `inner` is nearer to the outside. */
export const both =
  (outer: Around, inner: Around): Around =>
  (call, effect) =>
    outer(call, inner(call, effect))

/** What the service calls outside of its process, with `around` about each call; consuming is the broker's own. */
export const interposed = (around: Around) =>
  Layer.mergeAll(
    Layer.effect(
      Http,
      Effect.map(Http, (http) => Http.of({ send: (request) => around("Http.send", http.send(request)) }))
    ),
    Layer.effect(
      Kafka,
      Effect.map(Kafka, (kafka) =>
        Kafka.of({
          ...kafka,
          publish: (record) => around("Kafka.publish", kafka.publish(record)),
          positions: (topics) => around("Kafka.positions", kafka.positions(topics))
        })
      )
    ),
    Layer.effect(
      Journal,
      Effect.map(Journal, (journal) =>
        Journal.of({
          ...journal,
          load: (id) => around("Journal.load", journal.load(id)),
          append: (append) => around("Journal.append", journal.append(append)),
          end: (endings) => around("Journal.end", journal.end(endings)),
          ending: (origin) => around("Journal.ending", journal.ending(origin)),
          beginLedger: (positions) => around("Journal.beginLedger", journal.beginLedger(positions)),
          passOver: (gap) => around("Journal.passOver", journal.passOver(gap)),
          account: (positions) => around("Journal.account", journal.account(positions)),
          stalled: (before, limit) => around("Journal.stalled", journal.stalled(before, limit)),
          find: (entry) => around("Journal.find", journal.find(entry)),
          knows: (id) => around("Journal.knows", journal.knows(id)),
          awaitingBy: (phones, since) => around("Journal.awaitingBy", journal.awaitingBy(phones, since)),
          dueBefore: (now, limit) => around("Journal.dueBefore", journal.dueBefore(now, limit)),
          park: (parked, endings) => around("Journal.park", journal.park(parked, endings)),
          forgotten: (id) => around("Journal.forgotten", journal.forgotten(id)),
          forget: (old) => around("Journal.forget", journal.forget(old)),
          unpark: (keys, deadLetters) => around("Journal.unpark", journal.unpark(keys, deadLetters)),
          claimable: (wanted) => around("Journal.claimable", journal.claimable(wanted)),
          orphans: (wanted) => around("Journal.orphans", journal.orphans(wanted))
        })
      )
    )
  )
