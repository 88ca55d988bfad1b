import { Context, Effect, Layer, Redacted } from "effect"

import type { ConsumerSeed } from "../../simulators/servicenow/seedConsumers.ts"
import { makeServiceNowSimulator, type ServiceNowSimulator } from "../../simulators/servicenow/ServiceNowSimulator.ts"
import { makeWeniSimulator, type WeniSimulator } from "../../simulators/weni/WeniSimulator.ts"
import { makeJournalStore } from "../../src/layers/journal/memory/store.ts"
import { KafkaMemoryBroker } from "../../src/layers/kafka/memory/KafkaMemory.ts"
import { openEarlierCase } from "../support/earlierCase.ts"
import { settings } from "../support/settings.ts"
import { Away } from "./Away.ts"
import { Dice } from "./Dice.ts"
import { Gate } from "./Gate.ts"
import { Kernel } from "./Kernel.ts"
import { Locks } from "./Locks.ts"
import { Machine } from "./Machine.ts"
import { customers } from "./scenario/conversations.ts"
import type { Peculiarity, Scenario } from "./scenario/Scenario.ts"
import { timeouts } from "./scenario/vendorFaults.ts"
import { Story } from "./Story.ts"

export const origins = { serviceNow: "http://servicenow.test", weni: "http://weni.test" }

/** What outlives every process: time, vendors, topics, journal; and chance. */
export interface World {
  readonly kernel: Kernel
  readonly dice: Dice
  readonly story: Story
  /** Where vendors, brokers and database run. */
  readonly machine: Machine
  readonly context: Context.Context<never>
  readonly serviceNow: ServiceNowSimulator
  readonly weni: WeniSimulator
  readonly broker: KafkaMemoryBroker["Service"]
  readonly store: ReturnType<typeof makeJournalStore>
  readonly settings: ReturnType<typeof settings>
  readonly database: Gate
  /** Of processes that run beside each other. */
  readonly locks: Locks
  readonly away: Away
  /** Of the processes, the latest last. */
  readonly machines: Array<Machine>
  /** Communications that were deleted. */
  readonly forgotten: Set<string>
  /** Times of the looks at parked events while ServiceNow is away, epoch milliseconds. */
  readonly vainLooks: Array<number>
  /** Milliseconds that a connection to a vendor takes at most. */
  connecting: number
  /** Milliseconds that acknowledgements and commits take more than usual. */
  slowness: number
  /** How likely a call dies, before it has an effect or afterwards (SPEC 9.7). */
  defects: number
  /** Calls that somebody made to the outside and that have not ended. */
  inFlight: number
  tell(line: string): void
}

const settingsOf = ({ settings: { attempts, failures, maxInFlight, maxWait } }: Scenario) =>
  settings({
    maxInFlight,
    retry: { attempts },
    breaker: { failures, after: 3000, reset: 10_000, maxWait },
    // A simulated process leaves nothing behind in a kernel.
    tcpOrphanTimeout: 1000,
    serviceNow: {
      url: origins.serviceNow,
      timeout: timeouts.serviceNow,
      humanGroup: "b85d44954a3623120004689b2d5dd60a"
    },
    weni: { url: origins.weni, timeout: timeouts.weni, apiKey: Redacted.make("key") }
  })

/** As somebody types it: `+55 11 99999 9999`. */
const typed = (phone: string) => phone.replace(/^(\+\d\d)(\d\d)(\d{5})/, "$1 $2 $3 ")

/** The consumers that the instance knows: by their e-mail, or by a phone that somebody typed. */
const knownTo = (peculiarity: Peculiarity | undefined): ReadonlyArray<ConsumerSeed> =>
  customers.flatMap((one): ReadonlyArray<ConsumerSeed> => {
    if (!one.known) return []
    const key = peculiarity?.phones === "typed" ? { phone: typed(one.num_telefone) } : { email: one.email }
    return [{ ...key, first_name: one.nome }]
  })

/** A world before anything has happened in it; `kept`: its story can be read afterwards. */
export const makeWorld = (scenario: Scenario, kept: boolean): World => {
  const kernel = new Kernel(scenario.beginsAt)
  const dice = new Dice(scenario.seed + 1_000_003)
  const machine = new Machine(kernel)
  const context = machine.context(dice.fork())
  const story = new Story(kept)
  const run = Effect.runSyncWith(context)
  const brokers = run(
    Effect.scoped(Layer.build(KafkaMemoryBroker.layer({ partitions: 2, commitEvery: scenario.settings.commitEvery })))
  )
  const database = new Gate()
  const runOutside = Effect.runForkWith(context)
  const { peculiarity } = scenario
  const serviceNow = run(
    makeServiceNowSimulator({ nextCaseNumber: 1005, seed: scenario.seed, ...peculiarity?.serviceNow })
  )
  run(serviceNow.seed(knownTo(peculiarity)))
  if (peculiarity !== undefined) story.tell(kernel.now, `the vendors: ${peculiarity.name}`)
  const store = makeJournalStore()
  run(openEarlierCase(serviceNow, store))
  return {
    kernel,
    dice,
    story,
    machine,
    context,
    serviceNow,
    weni: run(makeWeniSimulator({ seed: scenario.seed, messageIds: dice.chance(0.5), ...peculiarity?.weni })),
    broker: Context.get(brokers, KafkaMemoryBroker),
    store,
    settings: settingsOf(scenario),
    database,
    locks: new Locks(kernel, dice, (passed) => void runOutside(database.passed).addObserver(passed)),
    away: new Away(new Dice(scenario.seed + 4_000_003)),
    machines: [],
    forgotten: new Set(),
    vainLooks: [],
    connecting: 0,
    slowness: 0,
    defects: 0,
    inFlight: 0,
    tell: (line) => story.tell(kernel.now, line)
  }
}
