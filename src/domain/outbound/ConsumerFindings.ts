import {
  chooseConsumer,
  type ChosenConsumer,
  type ConsumerRow,
  type ConsumerWay,
  hiddenKeys,
  wayText
} from "./chooseConsumer.ts"
import type { ConsumerKeys } from "./consumer.ts"
import { mostRows } from "./consumerQuery.ts"
import { type KnownConsumer, waysToFind } from "./knownConsumer.ts"

/** What an instance shows in answer to one query, and how many rows it counts if it says so. */
export interface ConsumerPage {
  readonly rows: ReadonlyArray<ConsumerRow>
  readonly total?: number | undefined
  /** A row has the document field. */
  readonly showsDocument: boolean
}

export interface SearchResult {
  readonly found?: ChosenConsumer
  /** In Portuguese, without personal data. */
  readonly avisos: ReadonlyArray<string>
  /** The ways that may have missed a consumer of this customer. Absent if there are none. */
  readonly unseen?: ReadonlyArray<ConsumerWay>
  /** The ways whose control was not shown. Absent if there are none, and if somebody was found. */
  readonly missed?: ReadonlyArray<ConsumerWay>
}

/** A known consumer that a query by this way must also show. */
export interface ConsumerControl {
  readonly way: ConsumerWay
  readonly known: KnownConsumer
}

const isShown = ({ known, way }: ConsumerControl, row: ConsumerRow): boolean =>
  row.sysId === known.sysId && waysToFind(known.keys, row).includes(way)

/** What the answers to one search have shown so far (SPEC 3.1–3.5). */
export class ConsumerFindings {
  readonly avisos = new Set<string>()
  readonly unseen = new Set<ConsumerWay>()
  readonly missed = new Set<ConsumerWay>()
  private readonly keys: ConsumerKeys

  constructor(keys: ConsumerKeys) {
    this.keys = keys
  }

  /** The customer's consumer among the rows that these ways have found. */
  choose(
    { rows, total = rows.length }: ConsumerPage,
    ways: ReadonlyArray<ConsumerWay>,
    control: ConsumerControl | undefined
  ): ChosenConsumer | undefined {
    const { avisos, chosen } = chooseConsumer(this.keys, rows)
    for (const aviso of avisos) this.avisos.add(aviso)
    if (rows.length >= mostRows)
      this.avisos.add(`busca de consumidor com ${mostRows} registros ou mais: pode haver outro`)
    if (chosen !== undefined) return chosen
    if (control !== undefined && rows.length < mostRows && !rows.some((row) => isShown(control, row))) {
      for (const way of ways) this.missed.add(way)
    }
    if (rows.length < mostRows && total > rows.length) {
      for (const way of ways) this.miss(way, "sem efeito: a instância conta registros que não mostra")
    }
    const others = rows.filter(({ sysId }) => sysId !== control?.known.sysId)
    const hidden = new Set<ConsumerWay>(others.flatMap((row) => hiddenKeys(this.keys, row)))
    for (const way of ways.filter((one) => hidden.has(one === "digits" ? "phone" : one))) {
      this.miss(way, "sem efeito: a instância não mostra o campo")
    }
    return undefined
  }

  /** Records that this way may have missed the customer. */
  miss(way: ConsumerWay, why: string): void {
    this.unseen.add(way)
    this.avisos.add(`busca de consumidor por ${wayText[way]} ${why}`)
  }

  /** Forgets what the query of all values did not show, because each value is queried again alone. */
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
