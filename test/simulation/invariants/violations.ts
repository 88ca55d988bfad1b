import type { Scenario } from "../scenario/Scenario.ts"
import type { World } from "../World.ts"
import { caseViolations } from "./cases.ts"
import { conversationViolations } from "./conversations.ts"
import { type Observed, observe } from "./Observed.ts"
import { busyViolations, heldViolations, outageViolations, withoutLateOrders } from "./outages.ts"
import { recordViolations } from "./records.ts"

/** SPEC 3.3: nobody is created twice, unless two processes work at once without any lock, as no real ones do. */
const consumerViolations = ({ consumers }: Observed, { fates }: Scenario): ReadonlyArray<string> =>
  fates.some(({ kind }) => kind === "takeover")
    ? []
    : [...Map.groupBy(consumers, ({ fields }) => fields.email)].flatMap(([email, same]) =>
        same.length === 1 ? [] : [`${same.length} consumers ${email}`]
      )

const unfinished = ({ store }: World): ReadonlyArray<string> =>
  [...store.communications].flatMap(([id, { view }]) => (view.status === "working" ? [`${id} has not ended`] : []))

/** SPEC 9.3: what is wrong when everything has ended; empty when every promise was kept. */
export const violationsOf = (world: World, planned: Scenario): ReadonlyArray<string> => {
  const scenario = withoutLateOrders(world, planned)
  const observed = observe(world, scenario)
  const { humanGroup = "" } = world.settings.serviceNow
  return [
    ...recordViolations(observed),
    ...scenario.conversations.flatMap((conversation) => [
      ...conversationViolations(observed, conversation),
      ...caseViolations(observed, conversation, humanGroup),
      ...outageViolations(observed, scenario, conversation)
    ]),
    ...consumerViolations(observed, scenario),
    ...unfinished(world),
    ...heldViolations(world),
    ...busyViolations(world, planned)
  ]
}
