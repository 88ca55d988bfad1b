import { hex32, makeRandom } from "../core/random.ts"
import { type Field, fieldsOf, type TableName } from "./fields.ts"
import { defaultOptions, type Flow, type ServiceNowOptions, type ServiceNowSettings } from "./options.ts"
import type { Row } from "./Row.ts"
import { makeTable, type Table } from "./Table.ts"

/** A flow that has begun on a row. */
interface PendingFlow {
  /** Epoch milliseconds. */
  readonly at: number
  readonly row: Row
  readonly flow: Flow
}

/** Everything that a ServiceNow instance knows. */
export interface Instance {
  readonly options: Required<ServiceNowOptions>
  readonly tables: Readonly<Record<TableName, Table>>
  readonly fields: Readonly<Record<TableName, ReadonlyMap<string, Field>>>
  /** What the instance will change by itself. */
  readonly pendingFlows: Array<PendingFlow>
  readonly newSysId: () => string
  readonly newNumber: (table: TableName) => string
  /** Changes only the given options. */
  readonly change: (options: ServiceNowOptions) => void
}

const given = ({
  consumers: _consumers,
  credentials: _credentials,
  seed: _seed,
  ...options
}: ServiceNowSettings): ServiceNowOptions => options

/** A fresh instance. Equal settings and equal requests give equal sys_ids and numbers. */
export const makeInstance = (settings: ServiceNowSettings): Instance => {
  const random = makeRandom(settings.seed ?? 1)
  let options = { ...defaultOptions, ...given(settings) }
  const bothFields = () => ({
    csm_consumer: fieldsOf("csm_consumer", options),
    sn_customerservice_case: fieldsOf("sn_customerservice_case", options)
  })
  let fields = bothFields()
  const next = { csm_consumer: 1001, sn_customerservice_case: options.nextCaseNumber }
  const prefix = { csm_consumer: "CNSR", sn_customerservice_case: "CS" }
  return {
    get options() {
      return { ...options, nextCaseNumber: next.sn_customerservice_case }
    },
    tables: { csm_consumer: makeTable(), sn_customerservice_case: makeTable() },
    get fields() {
      return fields
    },
    pendingFlows: [],
    newSysId: () => hex32(random),
    newNumber: (table) => `${prefix[table]}${String(next[table]++).padStart(7, "0")}`,
    change: (changed) => {
      options = { ...options, ...changed }
      fields = bothFields()
      if (changed.nextCaseNumber !== undefined) next.sn_customerservice_case = changed.nextCaseNumber
    }
  }
}
