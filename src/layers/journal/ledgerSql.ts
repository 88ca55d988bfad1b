import { Effect, Exit } from "effect"

import type { Origin } from "../../domain/Origin.ts"
import type { Account, Journal } from "../../services/Journal.ts"
import type { OffsetRange } from "../../services/Kafka.ts"
import { makeGather } from "./gather.ts"
import { accountRows, beginRows, gapRows } from "./ledgerRows.ts"
import { BATCH, type SqlAccess } from "./sqlAccess.ts"

type LedgerBook = Pick<Journal["Service"], "beginLedger" | "passOver" | "account">

/** The journal's ledger in SQL; gaps of many partitions are one commit. */
export const makeLedgerBook = Effect.fnUntraced(function* ({ sql, write }: SqlAccess) {
  const passOver = yield* makeGather<OffsetRange, void, never>({
    max: BATCH,
    maxWeight: BATCH,
    weigh: () => 1,
    key: () => undefined,
    concurrency: 1,
    run: (gaps) =>
      Effect.as(
        write(gapRows(sql, gaps)),
        gaps.map(() => Exit.void)
      )
  })

  /** Few offsets at a time: no statement works for long, and none blocks another. */
  const account = Effect.fnUntraced(function* (positions: ReadonlyArray<Origin>) {
    const isBehind = ({ topic, partition, next }: Account) =>
      positions.some((it) => it.topic === topic && it.partition === partition && it.offset > next)
    let accounts = yield* write(accountRows(sql, positions))
    while (accounts.some(isBehind)) accounts = yield* write(accountRows(sql, positions))
    return accounts
  })

  const book: LedgerBook = {
    beginLedger: (positions) => (positions.length === 0 ? Effect.void : write(beginRows(sql, positions))),
    passOver,
    account
  }
  return book
})
