import { Effect } from "effect"

import type { Origin } from "../../domain/Origin.ts"
import type { Account, Journal } from "../../services/Journal.ts"
import type { OffsetRange } from "../../services/Kafka.ts"
import { accountRows, beginRows, gapRows } from "./ledgerRows.ts"
import type { SqlAccess } from "./sqlAccess.ts"

type LedgerBook = Pick<Journal["Service"], "beginLedger" | "passOver" | "account">

/** The journal's ledger in SQL; gaps of many partitions are one commit. */
export const makeLedgerBook = Effect.fnUntraced(function* ({ sql, write, writeTogether }: SqlAccess) {
  const passOver = yield* writeTogether<OffsetRange>((gaps) => gapRows(sql, gaps))

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
