import { Effect, Exit } from "effect"

import type { Origin } from "../../domain/Origin.ts"
import type { Ending, Journal, Parked } from "../../services/Journal.ts"
import { databaseSpan } from "../../telemetry/databaseSpan.ts"
import { makeGather } from "./gather.ts"
import { countParked, findClaimable, findOrphans } from "./parkedRows.ts"
import { parkRows, type Parking } from "./parkRows.ts"
import { BATCH, BATCH_LENGTH, type SqlAccess } from "./sqlAccess.ts"
import { type Unparking, unparkRows } from "./unparkRows.ts"

type ParkingLot = Pick<Journal["Service"], "park" | "unpark" | "claimable" | "orphans" | "parkedCount">

/** Throws where an event cannot be stored: before it can meet others in a batch. */
const toParking = (parked: ReadonlyArray<Parked>, endings: ReadonlyArray<Ending>): Parking => ({
  parked,
  endings,
  texts: parked.map(({ event }) => JSON.stringify(event))
})

const lengthOf = ({ texts, endings }: Parking): number =>
  texts.reduce((sum, text) => sum + text.length, 1000 * endings.length)

/** The journal's parked events in SQL; events of many records are parked in one commit. */
export const makeParkingLot = Effect.fnUntraced(function* ({ sql, persist, write }: SqlAccess) {
  const park = yield* makeGather<Parking, void, never>({
    max: BATCH,
    maxWeight: BATCH_LENGTH,
    weigh: lengthOf,
    key: () => undefined,
    concurrency: 1,
    run: (calls) =>
      Effect.as(
        write(parkRows(sql, calls)),
        calls.map(() => Exit.void)
      )
  })
  const unpark = yield* makeGather<Unparking, void, never>({
    max: BATCH,
    maxWeight: 10 * BATCH,
    weigh: ({ deadLetters, keys }) => keys.length + deadLetters.length,
    key: () => undefined,
    concurrency: 1,
    run: (calls) =>
      Effect.as(
        write(unparkRows(sql, calls)),
        calls.map(() => Exit.void)
      )
  })

  const lot: ParkingLot = {
    park: databaseSpan("INSERT", "parked", (parked: ReadonlyArray<Parked>, endings: ReadonlyArray<Ending>) =>
      parked.length + endings.length === 0
        ? Effect.void
        : Effect.flatMap(
            Effect.sync(() => toParking(parked, endings)),
            park
          )
    ),
    unpark: databaseSpan("DELETE", "parked", (keys: ReadonlyArray<string>, deadLetters: ReadonlyArray<Origin> = []) =>
      keys.length + deadLetters.length === 0 ? Effect.void : unpark({ keys, deadLetters })
    ),
    claimable: (wanted) => persist(findClaimable(sql, wanted)),
    orphans: (wanted) => persist(findOrphans(sql, wanted)),
    parkedCount: persist(countParked(sql))
  }
  return lot
})
