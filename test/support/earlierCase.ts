import { Clock, Effect } from "effect"

import type { ServiceNowSimulator } from "../../simulators/servicenow/ServiceNowSimulator.ts"
import { appendTo, type JournalStore } from "../../src/layers/journal/memory/store.ts"

const path = "/api/now/table/sn_customerservice_case"

/** An id of the fixture's journey, longer than every id of the tests with a Case in doubt. */
export const earlierId = `pedido_entregue_amanha|550e8400-e29b-41d4-a716-446655440000|${"805566999OBM".repeat(6)}`

/** A number below all others. */
const earlierNumber = "CS0000001"

/**
 * A Case that the service has already opened, in the instance and in the journal. A look requests it to prove that it sees
 * Cases (SPEC 4.3). Without one, a doubt on a new database can only end `INDETERMINADO`.
 */
export const openEarlierCase = Effect.fnUntraced(function* (
  serviceNow: Pick<ServiceNowSimulator, "handle" | "change" | "cases">,
  store: JournalStore,
  nextCaseNumber = 1005
) {
  yield* serviceNow.change({ nextCaseNumber: 1 })
  const body = { u_id_correlacao: earlierId, short_description: "Pedido entregue" }
  const answer = yield* serviceNow.handle({
    method: "POST",
    path,
    query: new URLSearchParams(),
    headers: { authorization: `Basic ${btoa("user:password")}`, "content-type": "application/json" },
    body: JSON.stringify(body)
  })
  const theCase = (yield* serviceNow.cases).find(({ number }) => number === earlierNumber)
  if (theCase === undefined) return yield* Effect.die(new Error(`no earlier Case: ${JSON.stringify(answer)}`))
  const { number, sysId } = theCase
  yield* serviceNow.change({ nextCaseNumber })
  const at = (yield* Clock.currentTimeMillis) - 1000
  const response = { status: 201, sys_id: sysId, number }
  yield* Effect.orDie(
    appendTo(store, {
      id: earlierId,
      seq: 0,
      facts: [
        { _tag: "CaseIntended", at, body },
        { _tag: "CaseOpened", at, sysId, number, response, avisos: [] }
      ],
      view: {
        journey: "pedido_entregue_amanha",
        status: "success",
        caseNumber: number,
        caseSysId: sysId,
        inDoubt: false,
        updatedAt: at
      },
      index: [],
      endings: []
    })
  )
})

const query = `u_id_correlacao=${earlierId}`

/** The simulator without the earlier Case, because tests count only later Cases and requests. */
export const withoutEarlierCase = <S extends Pick<ServiceNowSimulator, "cases" | "requests">>(serviceNow: S): S => ({
  ...serviceNow,
  cases: Effect.map(serviceNow.cases, (all) => all.filter(({ number }) => number !== earlierNumber)),
  requests: Effect.map(serviceNow.requests, (all) =>
    all.filter((request) => request.query.sysparm_query !== query && !request.body.includes(earlierId))
  )
})
