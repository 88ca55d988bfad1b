import type { StoredRecord } from "../../../simulators/servicenow/inspect.ts"
import type { Conversation, Scenario } from "../scenario/Scenario.ts"
import type { World } from "../World.ts"
import { casesOf, caseViolations } from "./cases.ts"
import { conversationViolations } from "./conversations.ts"
import { erasedViolations } from "./erased.ts"
import { type Observed, observe, type Response } from "./Observed.ts"
import { operationViolations } from "./operations.ts"
import { busyViolations, heldViolations, outageViolations, withoutLateOrders } from "./outages.ts"
import { recordViolations } from "./records.ts"

/** Violations for consumers that share a value that identifies a person. */
const alike = (what: string, { consumers }: Observed, keyOf: (consumer: StoredRecord) => string) =>
  [...Map.groupBy(consumers, keyOf)].flatMap(([key, same]) =>
    key === "" || same.length === 1 ? [] : [`${same.length} consumers ${what} ${key}`]
  )

const phoneOf = ({ fields }: StoredRecord) =>
  (fields.phone ?? fields.mobile_phone ?? "").replaceAll(/\D/g, "").slice(-8)

/** SPEC 3.3: no consumer is created twice, unless two processes work at once without locks, which real ones never do. */
const consumerViolations = (observed: Observed, { fates }: Scenario): ReadonlyArray<string> =>
  fates.some(({ kind }) => kind === "takeover")
    ? []
    : [
        ...alike("with the e-mail", observed, ({ fields }) => fields.email ?? ""),
        ...alike("with the phone", observed, phoneOf)
      ]

const unfinished = ({ store }: World): ReadonlyArray<string> =>
  [...store.communications].flatMap(([id, { view }]) => (view.status === "working" ? [`${id} has not ended`] : []))

/** SPEC 9.3, CONTRACT RETENTION: nothing of a deleted communication is done again. */
const onceViolations = ({ resent }: World, observed: Observed, id: string): ReadonlyArray<string> => [
  ...(casesOf(observed, id).length > 1 ? [`${id}: a second Case after the first`] : []),
  ...(observed.accepted.filter(({ idContexto }) => idContexto === id).length > 1 + (resent.get(id) ?? 0)
    ? [`${id}: a second message after the first`]
    : [])
]

const violationsBy = (world: World, observed: Observed, scenario: Scenario, conversation: Conversation) => [
  ...conversationViolations(observed, conversation),
  ...caseViolations(observed, conversation, world.settings.serviceNow.humanGroup ?? ""),
  ...outageViolations(observed, scenario, conversation)
]

/** SPEC 9.3: all violations after everything has ended; empty if every promise was kept. */
export const violationsOf = (world: World, planned: Scenario): ReadonlyArray<string> => {
  for (const id of world.erased.keys()) world.forgotten.add(id)
  const scenario = withoutLateOrders(world, planned)
  const observed = observe(world, scenario)
  const { forgotten } = world
  const isForgotten = ({ id_correlacao: id }: Response) => id !== null && forgotten.has(id)
  const kept = scenario.conversations.filter(({ id }) => !forgotten.has(id))
  return [
    ...recordViolations({ ...observed, responses: observed.responses.filter((one) => !isForgotten(one)) }),
    ...[...forgotten].flatMap((id) => onceViolations(world, observed, id)),
    ...kept.flatMap((conversation) => violationsBy(world, observed, scenario, conversation)),
    ...operationViolations(world, observed, scenario),
    ...erasedViolations(world, observed),
    ...world.seen,
    ...consumerViolations(observed, scenario),
    ...unfinished(world),
    ...heldViolations(world),
    ...busyViolations(world, planned)
  ]
}
