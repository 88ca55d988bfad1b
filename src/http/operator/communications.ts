import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"

import type { CommunicationDetails } from "../../api/communications.ts"
import { OperatorApi } from "../../api/OperatorApi.ts"
import type { Fact } from "../../domain/communication/Fact.ts"
import { type Details, maskedDetails } from "../../domain/views/details.ts"
import { detailsFor } from "../../programs/operator/details.ts"
import { CommunicationSearch } from "../../services/CommunicationSearch.ts"
import { Settings } from "../../services/Settings.ts"
import { communicationOf, newerVersion, notFound } from "./actions.ts"
import { decide } from "./decide.ts"
import { jsonObject } from "./jsonObject.ts"
import { whenRunning } from "./RunningService.ts"
import { list, search } from "./search.ts"
import { recordAction } from "./trail.ts"

/** Where people see the Case, and the traces. */
const linksOf = ({ case: theCase, traces }: Details, { http, serviceNow }: Settings["Service"]) => ({
  ...(theCase && { case: `${serviceNow.url}/sn_customerservice_case.do?sys_id=${encodeURIComponent(theCase.sysId)}` }),
  traces: http.traceUrl === undefined ? [] : traces.map((id) => http.traceUrl?.replaceAll("{trace_id}", id) ?? id)
})

/** Details as the contract has them, masked unless they are revealed. */
export const detailsShown = Effect.fnUntraced(function* (
  found: { readonly details: Details; readonly facts: ReadonlyArray<Fact> },
  unmasked: boolean
) {
  const settings = yield* Settings
  const { refOf } = yield* CommunicationSearch
  const { holdsPersonalData: hasRef, ...rest } = unmasked ? found.details : maskedDetails(found.details, found.facts)
  return {
    ...rest,
    ...(hasRef && { ref: refOf(found.details.id) }),
    responses: rest.responses.map(({ content, ...one }) => Object.assign(one, { content: jsonObject(content) })),
    timeline: rest.timeline.map(({ data, ...one }) => Object.assign(one, { data: jsonObject(data) })),
    links: linksOf(found.details, settings)
  } satisfies typeof CommunicationDetails.Type
})

/** The communication of this id, masked unless it is revealed. */
const details = Effect.fnUntraced(function* (id: string, unmasked: boolean) {
  const found = yield* detailsFor(id).pipe(
    Effect.catchTag("UnknownCommunication", notFound),
    Effect.catchTag("UnknownFact", (error) => Effect.fail(newerVersion(error)))
  )
  return yield* detailsShown(found, unmasked)
})

/** CONTRACT `/api/communications`: list, search, show, reveal, decide. */
export const CommunicationsRoutes = HttpApiBuilder.group(OperatorApi, "communications", (handlers) =>
  handlers.handleAll({
    list,
    search,
    show: ({ params }) => whenRunning(Effect.flatMap(communicationOf(params.id), (id) => details(id, false))),
    reveal: ({ params, payload: { reason } }) =>
      whenRunning(
        Effect.gen(function* () {
          const id = yield* communicationOf(params.id)
          yield* recordAction({ action: "reveal", reason, target: id, total: 1, failures: [] })
          return yield* details(id, true)
        })
      ),
    decide
  })
)
