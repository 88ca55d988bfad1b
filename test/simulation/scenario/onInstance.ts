import { guestSysId, instances } from "../../../simulators/servicenow/instances.ts"
import { Dice } from "../Dice.ts"
import type { Peculiarity, Scenario } from "./Scenario.ts"
import { withPeculiarity } from "./withPeculiarity.ts"

/** The named instances on which a service that is configured for them keeps every promise. */
export const simulatedInstances = ["good", "strict"] as const

export type SimulatedInstance = (typeof simulatedInstances)[number]

const peculiarityOf = (name: SimulatedInstance): Peculiarity => ({
  name: `instance ${name}`,
  serviceNow: instances[name].options,
  consumers: instances[name].consumers,
  guest: guestSysId,
  coded: true,
  harmless: true
})

/** The scenario on this instance instead of its seed's vendors. */
export const onInstance = (scenario: Scenario, name: SimulatedInstance): Scenario => {
  const { peculiarity, vendorFaults, ...rest } = scenario
  const others = vendorFaults.filter((fault) => peculiarity?.faults?.includes(fault) !== true)
  return withPeculiarity(new Dice(scenario.seed + 6_000_003), { ...rest, vendorFaults: others }, peculiarityOf(name))
}
