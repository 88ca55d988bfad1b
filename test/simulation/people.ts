import { Effect } from "effect"

import type { StoredCase } from "../../simulators/servicenow/inspect.ts"
import { orderNumberOf } from "./scenario/conversations.ts"
import type { World } from "./World.ts"

/** The Case of a conversation as the instance has it now. */
export const caseOf = ({ context, serviceNow }: World, id: string): StoredCase | undefined =>
  Effect.runSyncWith(context)(serviceNow.cases).find(({ fields }) => fields.u_num_pedido === orderNumberOf(id))

/** People take the conversation's Case, if it exists. */
export const peopleChange = (world: World, id: string): void => {
  const theCase = caseOf(world, id)
  if (theCase === undefined) return
  world.tell(`people take ${theCase.number}`)
  const request = {
    method: "PATCH",
    path: `/api/now/table/sn_customerservice_case/${theCase.sysId}`,
    query: new URLSearchParams(),
    headers: { authorization: `Basic ${btoa("people:secret")}` },
    body: JSON.stringify({ state: 18 })
  }
  Effect.runForkWith(world.context)(world.serviceNow.handle(request))
}
