import { Effect } from "effect"

import type { ConsumerOrigin } from "../../domain/Fact.ts"
import { Refused } from "../../services/ServiceNow.ts"
import type { ServiceNowSettings } from "../../services/Settings.ts"
import type { ConsumerLookup } from "./consumerLookups.ts"
import { tablePath } from "./encodedQuery.ts"
import { byAge, type Row, textOf } from "./row.ts"

export const consumerTable = "csm_consumer"

/** The path that reads ten consumers at most, with the fields that verification needs (SPEC 3.1). */
export const makeConsumerPath = ({ documentField, phoneFields }: ServiceNowSettings) => {
  const [path, others] = tablePath(consumerTable, {
    parameters: {
      sysparm_fields: ["sys_id", "sys_created_on", "email", ...phoneFields, documentField].join(","),
      sysparm_limit: "10",
      sysparm_exclude_reference_link: "true"
    }
  }).split("?")
  return (query: string): string => `${path}?sysparm_query=${encodeURIComponent(query)}&${others}`
}

export interface ConsumerSearch {
  readonly found?: { readonly sysId: string; readonly origem: ConsumerOrigin }
  readonly avisos: ReadonlyArray<string>
  /** The keys that the instance answered for. */
  readonly answered: ReadonlyArray<ConsumerOrigin>
}

/**
 * The first verified consumer, one query for each key (SPEC 3.1); of several the oldest, with a warning (3.2). A value that
 * may not be looked up (3.4) and a look-up that `read` says was refused (3.5) are no match, with a warning.
 */
export const searchConsumer = Effect.fnUntraced(function* <E>(
  lookups: ReadonlyArray<ConsumerLookup>,
  read: (query: string) => Effect.Effect<ReadonlyArray<Row> | Refused, E>
): Effect.fn.Return<ConsumerSearch, E> {
  const avisos: Array<string> = []
  const answered: Array<ConsumerOrigin> = []
  for (const { key, origem, query, verifies } of lookups) {
    if (query === undefined) {
      avisos.push(`${key} não pesquisado: valor não permitido na consulta`)
      continue
    }
    const rows = yield* read(query)
    if (rows instanceof Refused) {
      avisos.push(`busca de consumidor por ${key} recusada: HTTP ${rows.status}`)
      continue
    }
    answered.push(origem)
    const verified = rows.filter((row) => textOf(row.sys_id) !== "" && verifies(row)).sort(byAge)
    const [oldest] = verified
    if (oldest === undefined) continue
    if (verified.length > 1) avisos.push(`${verified.length} consumidores com o mesmo ${key}; usado o mais antigo`)
    return { found: { sysId: textOf(oldest.sys_id), origem }, avisos, answered }
  }
  return { avisos, answered }
})
