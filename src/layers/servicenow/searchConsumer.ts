import { Effect } from "effect"

import {
  chooseConsumer,
  type ChosenConsumer,
  type ConsumerKey,
  type ConsumerRow,
  type ConsumerWay,
  hiddenKeys,
  wayText
} from "../../domain/outbound/chooseConsumer.ts"
import type { ConsumerKeys } from "../../domain/outbound/consumer.ts"
import { type ConsumerSight, type KnownConsumer, waysToFind } from "../../domain/outbound/knownConsumer.ts"
import { Refused } from "../../domain/vendor/failureReasons.ts"
import type { ServiceNowSettings } from "../../services/Settings.ts"
import { conditionsOf, consumerRow, exactQuery, keysOf, mostRows } from "./consumerTable.ts"
import { encodedQuery, type Page } from "./tableQuery.ts"

export interface SearchResult {
  readonly found?: ChosenConsumer
  /** In Portuguese, without personal data. */
  readonly avisos: ReadonlyArray<string>
  /** The ways by which a consumer of this customer may be there and was not shown. Absent if there are none. */
  readonly unseen?: ReadonlyArray<ConsumerWay>
  /** The ways whose control was not shown. Absent if there are none, and if somebody was found. */
  readonly missed?: ReadonlyArray<ConsumerWay>
}

/** What is known about the instance's answers since the start. */
export interface ConsumerTable {
  readonly fields: Pick<ServiceNowSettings, "documentField" | "phoneFields">
  /** False until a row has shown the document field. An instance without that field may answer nothing to its queries. */
  documentShown: boolean
}

/** Reads the answer to a query. A refused query is a value. */
type ReadQuery<E> = (query: string) => Effect.Effect<Page | Refused, E>

/** A consumer that a query by this way must show beside whom it asks for. */
interface Control {
  readonly way: ConsumerWay
  readonly known: KnownConsumer
}

const isShown = ({ known, way }: Control, row: ConsumerRow): boolean =>
  row.sysId === known.sysId && waysToFind(known.keys, row).includes(way)

/** What the answers to one search have shown so far. */
class Findings {
  readonly avisos = new Set<string>()
  readonly unseen = new Set<ConsumerWay>()
  readonly missed = new Set<ConsumerWay>()
  private readonly keys: ConsumerKeys
  private readonly table: ConsumerTable

  constructor(keys: ConsumerKeys, table: ConsumerTable) {
    this.keys = keys
    this.table = table
  }

  /** The customer's consumer among the rows that these ways have found. */
  choose(
    { rows, total = rows.length }: Page,
    ways: ReadonlyArray<ConsumerWay>,
    control: Control | undefined
  ): ChosenConsumer | undefined {
    const { documentField } = this.table.fields
    if (rows.some((row) => documentField in row)) this.table.documentShown = true
    const consumers = rows.map((row) => consumerRow(row, this.table.fields))
    const { avisos, chosen } = chooseConsumer(this.keys, consumers)
    for (const aviso of avisos) this.avisos.add(aviso)
    if (rows.length >= mostRows)
      this.avisos.add(`busca de consumidor com ${mostRows} registros ou mais: pode haver outro`)
    if (chosen !== undefined) return chosen
    if (control !== undefined && rows.length < mostRows && !consumers.some((row) => isShown(control, row))) {
      for (const way of ways) this.missed.add(way)
    }
    if (rows.length < mostRows && total > rows.length) {
      for (const way of ways) this.miss(way, "sem efeito: a instância conta registros que não mostra")
    }
    const others = consumers.filter(({ sysId }) => sysId !== control?.known.sysId)
    const hidden = new Set<ConsumerWay>(others.flatMap((row) => hiddenKeys(this.keys, row)))
    for (const way of ways.filter((one) => hidden.has(one === "digits" ? "phone" : one))) {
      this.miss(way, "sem efeito: a instância não mostra o campo")
    }
    return undefined
  }

  /** This way may have missed the customer. */
  miss(way: ConsumerWay, why: string): void {
    this.unseen.add(way)
    this.avisos.add(`busca de consumidor por ${wayText[way]} ${why}`)
  }

  /** Each value is asked again by itself, so what the query of all values did not show says nothing. */
  forget(): void {
    this.unseen.clear()
    this.missed.clear()
  }

  result(found?: ChosenConsumer): SearchResult {
    const avisos = [...this.avisos]
    if (found !== undefined) return { avisos, found }
    return {
      avisos,
      ...(this.unseen.size > 0 && { unseen: [...this.unseen] }),
      ...(this.missed.size > 0 && { missed: [...this.missed] })
    }
  }
}

export interface Search<E> {
  readonly keys: ConsumerKeys
  readonly table: ConsumerTable
  readonly sight: ConsumerSight
  readonly read: ReadQuery<E>
}

/**
 * Finds the customer's consumer (SPEC 3.1–3.5). One query asks by all values as they are usually stored. The last digits
 * of the phone are asked for only when that query has found nobody. A query that the instance refused, or answered with
 * as many rows as it may, is asked again by each value, so that one value never hides another. A blind way is asked by
 * itself for the same reason.
 */
export const searchConsumer = Effect.fnUntraced(function* <E>({
  keys,
  read,
  sight: { blind, controls },
  table
}: Search<E>): Effect.fn.Return<SearchResult, E> {
  const findings = new Findings(keys, table)
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

  /** Asks by these values at once. False if the answer does not tell who it is. */
  const together = Effect.fnUntraced(function* (all: ReadonlyArray<ConsumerKey>) {
    const { control, others } = controlOf(all)
    const query = all.length > 1 ? exactQuery(all, keys, fields, others) : undefined
    if (query === undefined) return false
    const page = yield* read(query)
    if (page instanceof Refused) return false
    const found = findings.choose(page, all, control)
    return page.rows.length < mostRows || found?.key === all[0] ? { found } : false
  })

  const apart = Effect.fnUntraced(function* (way: ConsumerWay, email?: string) {
    const { control, others } = controlOf([way])
    const wanted = conditionsOf(way, keys, fields)
    const again = email === undefined ? [] : conditionsOf("email", keys, fields)
    const query = encodedQuery(wanted.length + again.length === 0 ? [] : [...wanted, ...again, ...others])
    if (query === undefined) return undefined
    const page = yield* read(query)
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
  // The first query may have been in vain on an instance that has no document field, so it asks by e-mail once more.
  const askAgain = first !== false && !table.documentShown && names.includes("document")
  return findings.result(yield* apart("digits", askAgain ? keys.email : undefined))
})
