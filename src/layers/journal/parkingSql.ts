import { Effect } from "effect"

import type { Origin } from "../../domain/Origin.ts"
import type { Ending, Journal, Parked } from "../../services/Journal.ts"
import { databaseSpan } from "../../telemetry/databaseSpan.ts"
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
export const makeParkingLot = Effect.fnUntraced(function* ({ sql, persist, writeTogether }: SqlAccess) {
  const park = yield* writeTogether<Parking>((calls) => parkRows(sql, calls), {
    maxWeight: BATCH_LENGTH,
    weigh: lengthOf
  })
  const unpark = yield* writeTogether<Unparking>((calls) => unparkRows(sql, calls), {
    maxWeight: 10 * BATCH,
    weigh: ({ deadLetters, keys }) => keys.length + deadLetters.length
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
