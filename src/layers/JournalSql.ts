import { Effect, Exit, Layer } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"

import type { Origin } from "../domain/Origin.ts"
import { DatabaseStatus } from "../services/DatabaseStatus.ts"
import { Journal, type Append, type Ending, type Fenced, type IndexEntry } from "../services/Journal.ts"
import { answersInTime } from "./database/answersInTime.ts"
import { makeOutage } from "./database/outage.ts"
import { probe } from "./database/probe.ts"
import { appendRows, type Row } from "./journal/appendRows.ts"
import { endRows } from "./journal/endRows.ts"
import { makeGather } from "./journal/gather.ts"
import { findEndings, findIds, loadFacts } from "./journal/readRows.ts"

/** Appends in one commit (DESIGN "Group commit"), and their size in characters: an embedded database has little memory. */
const BATCH = 200
const BATCH_LENGTH = 4_000_000

/** Throws where the facts cannot be stored: before they can meet others in a batch. */
const factsText = ({ id, facts }: Append): string => {
  if (facts.length === 0) throw new Error(`${id}: an append without facts`)
  return JSON.stringify(facts)
}

const make = Effect.gen(function* () {
  const sql = yield* SqlClient
  const status = yield* DatabaseStatus
  const outage = yield* makeOutage("the journal's database")

  /** Refused values become a defect, which `makeGather` narrows down to the call that holds them. */
  const persist = <A>(effect: Effect.Effect<A, SqlError>) => Effect.orDie(outage.persist(effect))
  const write = <A>(effect: Effect.Effect<A, SqlError>) => persist(Effect.andThen(status.holding, effect))

  const read = <In, Out>(
    query: (sql: SqlClient, inputs: ReadonlyArray<In>) => Effect.Effect<ReadonlyArray<Exit.Exit<Out>>, SqlError>
  ) =>
    makeGather<In, Out, never>({
      max: BATCH,
      maxWeight: BATCH,
      weigh: () => 1,
      key: () => undefined,
      concurrency: 1,
      run: (inputs) => persist(query(sql, inputs))
    })

  const append = yield* makeGather<Row, void, Fenced>({
    max: BATCH,
    maxWeight: BATCH_LENGTH,
    weigh: (row) => row.facts.length,
    key: (row) => row.append.id,
    concurrency: 1,
    run: (rows) => write(appendRows(sql, rows))
  })
  const end = yield* makeGather<ReadonlyArray<Ending>, void, never>({
    max: BATCH,
    maxWeight: 10 * BATCH,
    weigh: (endings) => endings.length,
    key: () => undefined,
    concurrency: 1,
    run: (lists) =>
      Effect.as(
        write(endRows(sql, lists.flat())),
        lists.map(() => Exit.void)
      )
  })
  const load = yield* read(loadFacts)
  const find = yield* read<IndexEntry, string | undefined>(findIds)
  const ending = yield* read<Origin, Ending | undefined>(findEndings)

  // The database's own random numbers: no seed of a test can make two writers alike.
  const [self] = yield* persist(sql<{ writer: string }>`SELECT gen_random_uuid()::text AS writer`)
  let calls = 0

  return Journal.of({
    load: Effect.fn("Journal.load")(load),
    append: Effect.fn("Journal.append")((request: Append) =>
      Effect.flatMap(
        Effect.sync(() => factsText(request)),
        (facts) => append({ append: request, facts, token: `${self?.writer}/${calls++}` })
      )
    ),
    end: Effect.fn("Journal.end")((endings: ReadonlyArray<Ending>) =>
      endings.length === 0 ? Effect.void : end(endings)
    ),
    ending: Effect.fn("Journal.ending")(ending),
    find: Effect.fn("Journal.find")(find),
    inDoubt: persist(sql<{ count: number }>`SELECT count(*)::integer AS count FROM communications WHERE in_doubt`).pipe(
      Effect.map(([row]) => row?.count ?? 0)
    ),
    healthy: answersInTime(probe(sql))
  })
})

/** The journal in Postgres or PGlite; calls of all actors are gathered into few statements (DESIGN "Group commit"). */
export const JournalSql = Layer.effect(Journal, make)
