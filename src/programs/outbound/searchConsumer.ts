import { Effect } from "effect"

import { type ConsumerKey, type ConsumerWay, wayText } from "../../domain/outbound/chooseConsumer.ts"
import type { ConsumerKeys } from "../../domain/outbound/consumer.ts"
import { ConsumerFindings, type ConsumerPage, type SearchResult } from "../../domain/outbound/ConsumerFindings.ts"
import {
  conditionsOf,
  type ConsumerFields,
  type ConsumerQuery,
  consumerQuery,
  exactQuery,
  keysOf,
  mostRows
} from "../../domain/outbound/consumerQuery.ts"
import type { ConsumerSight } from "../../domain/outbound/knownConsumer.ts"
import { Refused } from "../../domain/vendor/failureReasons.ts"

/** What is known about the instance's answers since the start. */
export interface ConsumerTable {
  readonly fields: ConsumerFields
  /**
   * False until a row has shown the document field. An instance without that field may answer nothing to its queries.
   */
  documentShown: boolean
}

/** Reads the answer to a query. A refused query is a value. */
type ReadQuery<E> = (query: ConsumerQuery) => Effect.Effect<ConsumerPage | Refused, E>

export interface Search<E> {
  readonly keys: ConsumerKeys
  readonly table: ConsumerTable
  readonly sight: ConsumerSight
  readonly read: ReadQuery<E>
}

/**
 * Finds the customer's consumer (SPEC 3.1–3.5). One query covers all values as they are usually stored. The last digits
 * of the phone are queried only if that query finds nobody. If the instance refuses a query, or answers it with the
 * maximum number of rows, each value is queried alone, so that one value never hides another. A blind way is queried
 * alone for the same reason.
 */
export const searchConsumer = Effect.fnUntraced(function* <E>({
  keys,
  read,
  sight: { blind, controls },
  table
}: Search<E>): Effect.fn.Return<SearchResult, E> {
  const findings = new ConsumerFindings(keys)
  const { fields } = table
  const names = keysOf(keys).filter((name) => {
    const may = exactQuery([name], keys, fields) !== undefined
    if (!may) findings.avisos.add(`${wayText[name]} não pesquisado: valor não permitido na consulta`)
    return may
  })

  const controlOf = (ways: ReadonlyArray<ConsumerWay>) => {
    const way = ways.find((one) => controls.has(one))
    const known = way && controls.get(way)
    return way === undefined || known === undefined
      ? { control: undefined, others: [] }
      : { control: { way, known }, others: conditionsOf(way, known.keys, fields) }
  }

  const ask = (query: ConsumerQuery) =>
    Effect.tap(read(query), (page) =>
      Effect.sync(() => {
        if (!(page instanceof Refused) && page.showsDocument) table.documentShown = true
      })
    )

  /** Queries all of these values at once. False if the answer does not show who it is. */
  const together = Effect.fnUntraced(function* (all: ReadonlyArray<ConsumerKey>) {
    const { control, others } = controlOf(all)
    const query = all.length > 1 ? exactQuery(all, keys, fields, others) : undefined
    if (query === undefined) return false
    const page = yield* ask(query)
    if (page instanceof Refused) return false
    const found = findings.choose(page, all, control)
    return page.rows.length < mostRows || found?.key === all[0] ? { found } : false
  })

  const apart = Effect.fnUntraced(function* (way: ConsumerWay, email?: string) {
    const { control, others } = controlOf([way])
    const wanted = conditionsOf(way, keys, fields)
    const again = email === undefined ? [] : conditionsOf("email", keys, fields)
    const query = consumerQuery(wanted.length + again.length === 0 ? [] : [...wanted, ...again, ...others])
    if (query === undefined) return undefined
    const page = yield* ask(query)
    if (page instanceof Refused) {
      findings.miss(way, `recusada: HTTP ${page.status}`)
      return undefined
    }
    const found = findings.choose(page, [way], control)
    if (found !== undefined) return found
    if (page.rows.length >= mostRows) findings.unseen.add(way)
    if (blind.has(way)) findings.miss(way, "sem efeito: a instância não mostrou um consumidor conhecido")
    return undefined
  })

  const first = yield* together(names.filter((name) => !blind.has(name)))
  if (first !== false && first.found !== undefined) return findings.result(first.found)
  if (first === false) findings.forget()
  for (const name of first === false ? names : names.filter((one) => blind.has(one))) {
    const found = yield* apart(name)
    if (found !== undefined) return findings.result(found)
  }
  // On an instance without the document field the first query may find nobody, so the e-mail is queried once more.
  const askAgain = first !== false && !table.documentShown && names.includes("document")
  return findings.result(yield* apart("digits", askAgain ? keys.email : undefined))
})
