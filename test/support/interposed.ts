import { Effect, Layer } from "effect"

import { BreakerCloses } from "../../src/services/BreakerCloses.ts"
import { CommunicationIndex } from "../../src/services/CommunicationIndex.ts"
import { CommunicationSearch } from "../../src/services/CommunicationSearch.ts"
import { CustomerCreations } from "../../src/services/CustomerCreations.ts"
import { Http } from "../../src/services/Http.ts"
import { Journal } from "../../src/services/Journal.ts"
import { Kafka } from "../../src/services/Kafka.ts"
import { Ledger } from "../../src/services/Ledger.ts"
import { Operations } from "../../src/services/Operations.ts"
import { ParkedEvents } from "../../src/services/ParkedEvents.ts"
import { Processes } from "../../src/services/Processes.ts"
import { Redrives } from "../../src/services/Redrives.ts"
import { SearchIndex } from "../../src/services/SearchIndex.ts"
import { Sessions } from "../../src/services/Sessions.ts"
import { Tallies } from "../../src/services/Tallies.ts"

/** Wraps one outside call of the service, by its name: `Http.send`, `Journal.append`, `Kafka.publish`, … */
export type Around = <A, E>(call: string, effect: Effect.Effect<A, E>) => Effect.Effect<A, E>

/** Combines two wrappers. `inner` is nearer to the outside. */
export const both =
  (outer: Around, inner: Around): Around =>
  (call, effect) =>
    outer(call, inner(call, effect))

const operationsAround = (around: Around) =>
  Layer.effect(
    Operations,
    Effect.map(Operations, (operations) =>
      Operations.of({
        ...operations,
        beginOwn: (operation, total) => around("Operations.beginOwn", operations.beginOwn(operation, total)),
        end: (id, at, items) => around("Operations.end", operations.end(id, at, items)),
        begin: (operation, items, ended) => around("Operations.begin", operations.begin(operation, items, ended)),
        stop: (id, at) => around("Operations.stop", operations.stop(id, at)),
        next: (now, limit) => around("Operations.next", operations.next(now, limit)),
        get: (id) => around("Operations.get", operations.get(id)),
        finish: (item, at, failure) => around("Operations.finish", operations.finish(item, at, failure)),
        postpone: (item, until) => around("Operations.postpone", operations.postpone(item, until))
      })
    )
  )

const kafkaAround = (around: Around) =>
  Layer.effect(
    Kafka,
    Effect.map(Kafka, (kafka) =>
      Kafka.of({
        ...kafka,
        publish: (record) => around("Kafka.publish", kafka.publish(record)),
        positions: (...asked) => around("Kafka.positions", kafka.positions(...asked)),
        survey: (...asked) => around("Kafka.survey", kafka.survey(...asked))
      })
    )
  )

export const redrivesAround = (around: Around) =>
  Layer.effect(
    Redrives,
    Effect.map(Redrives, (redrives) =>
      Redrives.of({
        known: (letters) => around("Redrives.known", redrives.known(letters)),
        begin: (letters, at, again) => around("Redrives.begin", redrives.begin(letters, at, again)),
        done: (letters, at) => around("Redrives.done", redrives.done(letters, at)),
        undo: (letters) => around("Redrives.undo", redrives.undo(letters))
      })
    )
  )

/** What a redrive calls outside of its process, with `around` about each call. */
export const redriveInterposed = (around: Around) =>
  Layer.mergeAll(kafkaAround(around), redrivesAround(around), operationsAround(around))

/** What the service calls outside of its process, with `around` about each call; consuming is the broker's own. */
export const interposed = (around: Around) =>
  Layer.mergeAll(
    Layer.effect(Processes, Processes),
    Layer.effect(CommunicationSearch, CommunicationSearch),
    operationsAround(around),
    Layer.effect(Sessions, Sessions),
    Layer.effect(SearchIndex, SearchIndex),
    Layer.effect(Tallies, Tallies),
    Layer.effect(BreakerCloses, BreakerCloses),
    Layer.effect(
      Http,
      Effect.map(Http, (http) => Http.of({ send: (request) => around("Http.send", http.send(request)) }))
    ),
    kafkaAround(around),
    Layer.effect(
      Journal,
      Effect.map(Journal, (journal) =>
        Journal.of({
          ...journal,
          load: (id) => around("Journal.load", journal.load(id)),
          append: (append) => around("Journal.append", journal.append(append)),
          forgotten: (id) => around("Journal.forgotten", journal.forgotten(id)),
          forget: (old) => around("Journal.forget", journal.forget(old))
        })
      )
    ),
    Layer.effect(
      Ledger,
      Effect.map(Ledger, (ledger) =>
        Ledger.of({
          ...ledger,
          end: (endings) => around("Journal.end", ledger.end(endings)),
          ending: (origin) => around("Journal.ending", ledger.ending(origin)),
          beginLedger: (positions) => around("Journal.beginLedger", ledger.beginLedger(positions)),
          passOver: (gap) => around("Journal.passOver", ledger.passOver(gap)),
          account: (positions) => around("Journal.account", ledger.account(positions))
        })
      )
    ),
    Layer.effect(
      ParkedEvents,
      Effect.map(ParkedEvents, (parkedEvents) =>
        ParkedEvents.of({
          ...parkedEvents,
          park: (parked, endings) => around("Journal.park", parkedEvents.park(parked, endings)),
          unpark: (keys, deadLetters) => around("Journal.unpark", parkedEvents.unpark(keys, deadLetters)),
          claimable: (wanted) => around("Journal.claimable", parkedEvents.claimable(wanted)),
          stillParked: (keys) => around("Journal.stillParked", parkedEvents.stillParked(keys)),
          orphans: (wanted) => around("Journal.orphans", parkedEvents.orphans(wanted)),
          waitingFor: (id, limit) => around("Journal.waitingFor", parkedEvents.waitingFor(id, limit)),
          replace: (parked) => around("Journal.replace", parkedEvents.replace(parked)),
          leftOf: (origin, ended) => around("Journal.leftOf", parkedEvents.leftOf(origin, ended))
        })
      )
    ),
    Layer.effect(
      CustomerCreations,
      Effect.map(CustomerCreations, (creations) =>
        CustomerCreations.of({
          ...creations,
          find: (identities) => around("CustomerCreations.find", creations.find(identities)),
          begin: (identities, at, seen) => around("CustomerCreations.begin", creations.begin(identities, at, seen)),
          reckon: (seen, until) => around("CustomerCreations.reckon", creations.reckon(seen, until)),
          settle: (identities, at, sysId) =>
            around("CustomerCreations.settle", creations.settle(identities, at, sysId)),
          withdraw: (identities, at) => around("CustomerCreations.withdraw", creations.withdraw(identities, at))
        })
      )
    ),
    Layer.effect(
      CommunicationIndex,
      Effect.map(CommunicationIndex, (communicationIndex) =>
        CommunicationIndex.of({
          ...communicationIndex,
          stalled: (before, limit) => around("Journal.stalled", communicationIndex.stalled(before, limit)),
          find: (entry) => around("Journal.find", communicationIndex.find(entry)),
          knows: (id) => around("Journal.knows", communicationIndex.knows(id)),
          bearers: (names, since) => around("Journal.bearers", communicationIndex.bearers(names, since)),
          knowsBusiness: (value) => around("Journal.knowsBusiness", communicationIndex.knowsBusiness(value)),
          dueBefore: (now, limit) => around("Journal.dueBefore", communicationIndex.dueBefore(now, limit))
        })
      )
    )
  )
