import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql/SqlClient"

import type { EventName, IndexEntry } from "../../domain/inbound/namesOf.ts"
import type { Bearer } from "../../domain/inbound/whose.ts"
import type { Origin } from "../../domain/record/Origin.ts"
import { BreakerCloses } from "../../services/BreakerCloses.ts"
import { CommunicationIndex } from "../../services/CommunicationIndex.ts"
import { CommunicationSearch } from "../../services/CommunicationSearch.ts"
import { CustomerCreations } from "../../services/CustomerCreations.ts"
import { DatabaseStatus } from "../../services/DatabaseStatus.ts"
import { Journal, type Append, Fenced } from "../../services/Journal.ts"
import { Ledger, type RecordEnding } from "../../services/Ledger.ts"
import { Operations } from "../../services/Operations.ts"
import { ParkedEvents } from "../../services/ParkedEvents.ts"
import { Processes } from "../../services/Processes.ts"
import { SearchIndex } from "../../services/SearchIndex.ts"
import { SearchKey } from "../../services/SearchKey.ts"
import { Sessions } from "../../services/Sessions.ts"
import { Tallies } from "../../services/Tallies.ts"
import { WaitingCounts } from "../../services/WaitingCounts.ts"
import { databaseSpan } from "../../telemetry/databaseSpan.ts"
import { endRows } from "./append.ts"
import { makeBatchQueue } from "./batchQueue.ts"
import { findBearers, knowBusiness, type NamesWanted } from "./bearers.ts"
import { breakerClosesIn } from "./breakerCloses.ts"
import { makeCreationBook } from "./creations.ts"
import { makeLedgerBook } from "./ledger.ts"
import { logBookIn } from "./logs.ts"
import { type Found, type LookUp, lookUpTogether } from "./lookUp.ts"
import { operationsInSql } from "./operations.ts"
import { makeParkingLot } from "./parking.ts"
import { processesIn } from "./processes.ts"
import {
  factsIn,
  findDue,
  countHeld,
  findHeld,
  findNewestCases,
  findStalledIds,
  knowIds,
  findEndings,
  findIds
} from "./read.ts"
import { findIdle, forgottenIn, forgetRows, pruneRows } from "./retention.ts"
import { searchIn } from "./search.ts"
import { searchIndexIn } from "./searchIndex.ts"
import { SearchKeyGuest, SearchKeySql } from "./SearchKeySql.ts"
import { searchTexts } from "./searchRows.ts"
import { sessionsIn } from "./sessions.ts"
import { BATCH, BATCH_LENGTH, makeSqlAccess } from "./sqlAccess.ts"
import { makeTallyBook } from "./tallies.ts"
import { waitingCountsIn } from "./waitingCounts.ts"
import { type JournalWrite, writeRows } from "./writes.ts"

/** The share of a creation in the length of a statement, in characters. */
const changeLength = 500

/** Throws if the facts cannot be stored, before they are batched with others. */
const factsText = ({ id, facts }: Append): string => {
  if (facts.length === 0) throw new Error(`${id}: an append without facts`)
  return JSON.stringify(facts)
}

const make = Effect.gen(function* () {
  const sql = yield* SqlClient
  const access = yield* makeSqlAccess(sql, yield* DatabaseStatus)
  const { persist, read, write, writeTogether } = access

  // The database generates the writer's id, so that no seed of a test can make two writers alike.
  const [self] = yield* persist(sql<{ writer: string }>`SELECT gen_random_uuid()::text AS writer`)
  const writer = self?.writer ?? ""
  const key = yield* SearchKey

  const commit = yield* makeBatchQueue<JournalWrite, boolean, never>({
    max: BATCH,
    maxWeight: BATCH_LENGTH,
    weigh: (write) => ("append" in write ? write.facts.length : changeLength),
    key: (write) => ("append" in write ? write.append.id : undefined),
    concurrency: 1,
    between: access.pace.between,
    run: (writes) => write(writeRows(sql, writes, writer))
  })
  const end = yield* writeTogether<ReadonlyArray<RecordEnding>>((lists) => endRows(sql, lists.flat()), {
    maxWeight: 10 * BATCH,
    weigh: (endings) => endings.length
  })
  const lookUp = yield* read<LookUp, ReadonlyArray<Found>>(lookUpTogether)
  const find = yield* read<IndexEntry, string | undefined>(findIds)
  const ending = yield* read<Origin, RecordEnding | undefined>(findEndings)
  const knows = yield* read<string, boolean>(knowIds)
  const bearers = yield* read<NamesWanted, ReadonlyArray<Bearer>>(findBearers)
  const parkedEvents = yield* makeParkingLot(access)
  const creations = yield* makeCreationBook(access, lookUp, commit)
  const book = yield* makeLedgerBook(access)

  let calls = 0

  const journal = Journal.of({
    load: databaseSpan("SELECT", "facts", factsIn(lookUp)),
    append: databaseSpan("INSERT", "facts", (request: Append) =>
      Effect.flatMap(
        Effect.sync(() => factsText(request)),
        (facts) =>
          Effect.flatMap(commit({ ...searchTexts(key, request), facts, token: `${writer}/${calls++}` }), (won) =>
            won ? Effect.void : Effect.fail(new Fenced({ id: request.id, seq: request.seq }))
          )
      )
    ),
    idleSince: (before, limit, after) => persist(findIdle(sql, before, limit, after)),
    forget: (old) => write(forgetRows(sql, old)),
    forgotten: databaseSpan("SELECT", "forgotten", forgottenIn(lookUp))
  })
  const ledger = Ledger.of({
    end: databaseSpan("INSERT", "records", (endings: ReadonlyArray<RecordEnding>) =>
      endings.length === 0 ? Effect.void : end(endings)
    ),
    ending: databaseSpan("SELECT", "records", ending),
    ...book,
    ...logBookIn(access),
    pruneEndings: (before, limit) => write(pruneRows(sql, before, limit))
  })
  const communicationIndex = CommunicationIndex.of({
    find: databaseSpan("SELECT", "communication_ids", find),
    knows: databaseSpan("SELECT", "communications", knows),
    bearers: databaseSpan("SELECT", "communication_ids", (names: ReadonlyArray<EventName>, since: number) =>
      bearers({ names, since })
    ),
    knowsBusiness: databaseSpan("SELECT", "communication_ids", (value: string) => persist(knowBusiness(sql, value))),
    dueBefore: (now, limit) => persist(findDue(sql, now, limit)),
    heldBy: (vendor, limit) => persist(findHeld(sql, vendor, limit)),
    stalled: (before, limit) => persist(findStalledIds(sql, before, limit)),
    newestCases: (limit) => persist(findNewestCases(sql, limit)),
    heldCount: persist(countHeld(sql)),
    inDoubt: persist(sql<{ count: number }>`SELECT count(*)::integer AS count FROM communications WHERE in_doubt`).pipe(
      Effect.map(([row]) => row?.count ?? 0)
    )
  })
  const tallies = yield* makeTallyBook(access, writer)
  return Context.make(Journal, journal).pipe(
    Context.add(Ledger, ledger),
    Context.add(ParkedEvents, parkedEvents),
    Context.add(CommunicationIndex, communicationIndex),
    Context.add(CustomerCreations, creations),
    Context.add(Operations, operationsInSql(access)),
    Context.add(CommunicationSearch, searchIn(access, key)),
    Context.add(SearchIndex, searchIndexIn(access, key)),
    Context.add(Tallies, tallies),
    Context.add(WaitingCounts, waitingCountsIn(access)),
    Context.add(Processes, processesIn(access, writer)),
    Context.add(Sessions, sessionsIn(access)),
    Context.add(BreakerCloses, breakerClosesIn(access))
  )
})

const Stored = Layer.effectContext(make)

/**
 * The journal, the ledger, the parked events, the index and the search in Postgres or PGlite. One call's writes to them
 * are one commit. Calls of all actors are gathered into few statements (DESIGN "Group commit").
 */
export const JournalSql = Layer.provide(Stored, SearchKeySql)

/** The same for a guest beside the service. It never changes the search key. */
export const JournalSqlGuest = Layer.provide(Stored, SearchKeyGuest)
