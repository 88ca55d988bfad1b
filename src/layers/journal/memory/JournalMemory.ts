import { Effect, Layer } from "effect"

import { BreakerCloses } from "../../../services/BreakerCloses.ts"
import { CommunicationIndex } from "../../../services/CommunicationIndex.ts"
import { CommunicationSearch } from "../../../services/CommunicationSearch.ts"
import { CustomerCreations } from "../../../services/CustomerCreations.ts"
import { Journal } from "../../../services/Journal.ts"
import { Ledger } from "../../../services/Ledger.ts"
import { Operations } from "../../../services/Operations.ts"
import { ParkedEvents } from "../../../services/ParkedEvents.ts"
import { Processes } from "../../../services/Processes.ts"
import { SearchIndex } from "../../../services/SearchIndex.ts"
import { Sessions } from "../../../services/Sessions.ts"
import { Tallies } from "../../../services/Tallies.ts"
import { WaitingCounts } from "../../../services/WaitingCounts.ts"
import { bearersIn, businessIn } from "./bearers.ts"
import { customerCreationsIn } from "./creations.ts"
import {
  countAhead,
  accountIn,
  beginLedgerIn,
  beginLogIn,
  endingsInRange,
  logsIn,
  noteAheadIn,
  readFromIn,
  pruneIn
} from "./ledger.ts"
import { operationsIn } from "./operations.ts"
import { claimableIn, orphansIn, waitingForIn, leftOfIn, replaceIn, parkIn, parkedPageIn, unparkIn } from "./parking.ts"
import { processesMemory } from "./processes.ts"
import { forgetIn, idleIn } from "./retention.ts"
import { searchIndexMemory, searchMemory } from "./search.ts"
import { sessionsMemory } from "./sessions.ts"
import {
  appendTo,
  countInDoubt,
  endingOf,
  endIn,
  findIn,
  forgottenFrom,
  loadFrom,
  makeJournalStore,
  type JournalStore,
  dueIn,
  heldIn,
  newestCasesIn,
  stalledIn
} from "./store.ts"
import { talliesMemory } from "./tallies.ts"
import { waitingCountsMemory } from "./waitingCounts.ts"

/**
 * The journal, the ledger, the parked events and the index in `store`. The store outlives the layer and holds what a
 * restarted process would find.
 */
export const journalMemory = (store: JournalStore) =>
  Layer.mergeAll(
    Layer.succeed(
      Journal,
      Journal.of({
        load: Effect.fn("Journal.load")((id) => loadFrom(store, id)),
        append: Effect.fn("Journal.append")((append) => appendTo(store, append)),
        idleSince: Effect.fn("Journal.idleSince")((before, limit, after) =>
          Effect.sync(() => idleIn(store, before, limit, after))
        ),
        forget: Effect.fn("Journal.forget")((old) => Effect.sync(() => forgetIn(store, old))),
        forgotten: Effect.fn("Journal.forgotten")((id) => Effect.sync(() => forgottenFrom(store, id)))
      })
    ),
    Layer.succeed(
      Ledger,
      Ledger.of({
        end: Effect.fn("Journal.end")((endings) => Effect.sync(() => endIn(store, endings))),
        ending: Effect.fn("Journal.ending")((origin) => Effect.sync(() => endingOf(store, origin))),
        beginLedger: Effect.fn("Journal.beginLedger")((positions) =>
          Effect.sync(() => beginLedgerIn(store, positions))
        ),
        logs: Effect.fn("Journal.logs")((topics) => Effect.sync(() => logsIn(store, topics))),
        beginLog: Effect.fn("Journal.beginLog")((log) => Effect.sync(() => beginLogIn(store, log))),
        readFrom: Effect.fn("Journal.readFrom")((cluster, logs) => Effect.sync(() => readFromIn(store, cluster, logs))),
        endingsIn: Effect.fn("Journal.endingsIn")((range, side, limit) =>
          Effect.sync(() => endingsInRange(store, range, side, limit))
        ),
        ahead: Effect.sync(() => countAhead(store)),
        noteAhead: Effect.fn("Journal.noteAhead")((range) => Effect.sync(() => noteAheadIn(store, range))),
        passOver: Effect.fn("Journal.passOver")((gap) => Effect.sync(() => void store.gaps.push(gap))),
        account: Effect.fn("Journal.account")((positions) => Effect.sync(() => accountIn(store, positions))),
        pruneEndings: Effect.fn("Journal.pruneEndings")((before, limit) =>
          Effect.sync(() => pruneIn(store, before, limit))
        )
      })
    ),
    Layer.succeed(
      ParkedEvents,
      ParkedEvents.of({
        park: Effect.fn("Journal.park")((parked, endings) => Effect.sync(() => parkIn(store, parked, endings))),
        unpark: Effect.fn("Journal.unpark")((keys, deadLetters = []) =>
          Effect.sync(() => unparkIn(store, keys, deadLetters))
        ),
        claimable: Effect.fn("Journal.claimable")((wanted) => Effect.sync(() => claimableIn(store, wanted))),
        orphans: Effect.fn("Journal.orphans")((wanted) => Effect.sync(() => orphansIn(store, wanted))),
        stillParked: Effect.fn("Journal.stillParked")((keys) =>
          Effect.sync(() => new Set(keys.filter((key) => store.parked.has(key))))
        ),
        waitingFor: Effect.fn("Journal.waitingFor")((id, limit) => Effect.sync(() => waitingForIn(store, id, limit))),
        replace: Effect.fn("Journal.replace")((parked) => Effect.sync(() => replaceIn(store, parked))),
        leftOf: Effect.fn("Journal.leftOf")((origin, ended) => Effect.sync(() => leftOfIn(store, origin, ended))),
        page: Effect.fn("Journal.page")((limit, after) => Effect.sync(() => parkedPageIn(store, limit, after))),
        parkedCount: Effect.sync(() => store.parked.size)
      })
    ),
    Layer.succeed(
      CommunicationIndex,
      CommunicationIndex.of({
        find: Effect.fn("Journal.find")((entry) => Effect.sync(() => findIn(store, entry))),
        knows: Effect.fn("Journal.knows")((id) => Effect.sync(() => store.communications.has(id))),
        bearers: Effect.fn("Journal.bearers")((names, since) => Effect.sync(() => bearersIn(store, names, since))),
        knowsBusiness: Effect.fn("Journal.knowsBusiness")((value) => Effect.sync(() => businessIn(store, value))),
        heldBy: Effect.fn("Journal.heldBy")((vendor, limit) => Effect.sync(() => heldIn(store, vendor, limit))),
        dueBefore: Effect.fn("Journal.dueBefore")((now, limit) => Effect.sync(() => dueIn(store, now, limit))),
        stalled: Effect.fn("Journal.stalled")((before, limit) => Effect.sync(() => stalledIn(store, before, limit))),
        newestCases: Effect.fn("Journal.newestCases")((limit) => Effect.sync(() => newestCasesIn(store, limit))),
        heldCount: Effect.sync(() => ({
          servicenow: heldIn(store, "servicenow", Infinity).length,
          weni: heldIn(store, "weni", Infinity).length
        })),
        inDoubt: Effect.sync(() => countInDoubt(store))
      })
    ),
    Layer.succeed(CustomerCreations, customerCreationsIn(store.creations)),
    Layer.succeed(
      BreakerCloses,
      BreakerCloses.of({
        ask: (vendor) =>
          Effect.sync(() => {
            store.breakerCloses[vendor] += 1
          }),
        counts: Effect.sync(() => ({ ...store.breakerCloses }))
      })
    ),
    Layer.succeed(Sessions, sessionsMemory(store.sessions)),
    Layer.succeed(CommunicationSearch, searchMemory(store)),
    Layer.succeed(SearchIndex, searchIndexMemory(store)),
    Layer.succeed(Tallies, talliesMemory(store)),
    Layer.succeed(Operations, operationsIn(store.operations)),
    Layer.succeed(WaitingCounts, waitingCountsMemory(store)),
    Layer.sync(Processes, () => processesMemory(store))
  )

/** The same with an empty store for each build. */
export const JournalMemory = Layer.suspend(() => journalMemory(makeJournalStore()))
