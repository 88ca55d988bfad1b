import { Context, Effect, Layer, Redacted } from "effect"

import type { ConsumerSeed } from "../../simulators/servicenow/seedConsumers.ts"
import { makeServiceNowSimulator, type ServiceNowSimulator } from "../../simulators/servicenow/ServiceNowSimulator.ts"
import { makeWeniSimulator, type WeniSimulator } from "../../simulators/weni/WeniSimulator.ts"
import type { Fact } from "../../src/domain/communication/Fact.ts"
import { makeRedriveStore } from "../../src/layers/journal/memory/RedrivesMemory.ts"
import { loadFrom, makeJournalStore } from "../../src/layers/journal/memory/store.ts"
import { KafkaMemoryBroker } from "../../src/layers/kafka/memory/KafkaMemory.ts"
import type { KafkaRecord } from "../../src/services/Kafka.ts"
import type { NewOperation } from "../../src/services/Operations.ts"
import { openEarlierCase } from "../support/earlierCase.ts"
import { settings } from "../support/settings.ts"
import { Away } from "./Away.ts"
import { Dice } from "./Dice.ts"
import { Gate } from "./Gate.ts"
import { Kernel } from "./Kernel.ts"
import { Locks } from "./Locks.ts"
import { Machine } from "./Machine.ts"
import type { OperatorProcess } from "./OperatorProcess.ts"
import { customers } from "./scenario/conversations.ts"
import { journeysFor } from "./scenario/journeys.ts"
import type { Peculiarity, Scenario } from "./scenario/Scenario.ts"
import { timeouts } from "./scenario/vendorFaults.ts"
import { Story } from "./Story.ts"

export const origins = { serviceNow: "http://servicenow.test", weni: "http://weni.test" }

/** An operation as it was when it began. */
export interface Ordered {
  readonly operation: NewOperation
  readonly items: ReadonlyArray<string>
}

/** Everything that outlives the processes: time, vendors, topics, journal and randomness. */
export interface World {
  readonly kernel: Kernel
  readonly dice: Dice
  readonly story: Story
  /** The machine of vendors, brokers and database. */
  readonly machine: Machine
  readonly context: Context.Context<never>
  readonly serviceNow: ServiceNowSimulator
  readonly weni: WeniSimulator
  readonly broker: KafkaMemoryBroker["Service"]
  readonly store: ReturnType<typeof makeJournalStore>
  readonly settings: ReturnType<typeof settings>
  readonly journeys: ReturnType<typeof journeysFor>
  readonly database: Gate
  /** The locks of processes that run side by side. */
  readonly locks: Locks
  readonly away: Away
  /** The machines of the processes, the latest last. */
  readonly machines: Array<Machine>
  /** The processes of the service, the latest last. */
  readonly processes: Array<OperatorProcess>
  /** Which dead letters were redriven. */
  readonly redrives: ReturnType<typeof makeRedriveStore>
  /** The operators' operations with their items, by the operation's id. */
  readonly ordered: Map<string, Ordered>
  /** The times at which processes began items of operations, epoch milliseconds. */
  readonly begun: Array<number>
  /** How often operators ordered a resend, by communication. */
  readonly resent: Map<string, number>
  /** When each communication was erased, epoch milliseconds. */
  readonly erased: Map<string, number>
  /** When each event was parked, epoch milliseconds. */
  readonly parkedAt: Map<string, number>
  /** Conversations whose parked events were erased, alone or with everything else. */
  readonly robbed: Set<string>
  /** Violations that were seen during the run. */
  readonly seen: Array<string>
  /** The earlier logs of topics that were created again, by topic and partition. */
  readonly earlier: Map<string, ReadonlyArray<KafkaRecord | undefined>>
  /** When each topic was created again, epoch milliseconds. */
  readonly anewAt: Map<string, number>
  /** The deleted communications. */
  readonly forgotten: Set<string>
  /** Times of the looks at parked events while ServiceNow is unavailable, epoch milliseconds. */
  readonly vainLooks: Array<number>
  /** The longest time that connecting to a vendor takes, milliseconds. */
  connecting: number
  /** The extra time that acknowledgements and commits take, milliseconds. */
  slowness: number
  /** The probability that a call dies, before or after its effect (SPEC 9.7). */
  defects: number
  /** Outside calls that have not ended. */
  inFlight: number
  tell(line: string): void
}

/** The facts that the journal has of a communication now. */
export const storedFacts = ({ context, store }: World, id: string): ReadonlyArray<Fact> =>
  Effect.runSyncWith(context)(loadFrom(store, id))

const settingsOf = ({ peculiarity, settings: { attempts, failures, maxInFlight, maxWait, operationRate } }: Scenario) =>
  settings({
    maxInFlight,
    operationRate,
    retry: { attempts },
    breaker: { failures, after: 3000, reset: 10_000, maxWait },
    // A simulated process leaves no unsent bytes in a kernel.
    tcpOrphanTimeout: 1000,
    serviceNow: {
      url: origins.serviceNow,
      timeout: timeouts.serviceNow,
      ...(peculiarity?.guest !== undefined && { guestConsumer: peculiarity.guest }),
      humanGroup: "b85d44954a3623120004689b2d5dd60a"
    },
    weni: { url: origins.weni, timeout: timeouts.weni, apiKey: Redacted.make("key") }
  })

/** The phone as a person types it: `+55 11 99999 9999`. */
const typed = (phone: string) => phone.replace(/^(\+\d\d)(\d\d)(\d{5})/, "$1 $2 $3 ")

/** The consumers that the instance knows: by their e-mail, or by a phone that a person has typed. */
const knownTo = (peculiarity: Peculiarity | undefined): ReadonlyArray<ConsumerSeed> =>
  customers.flatMap((one): ReadonlyArray<ConsumerSeed> => {
    if (!one.known) return []
    const key = peculiarity?.phones === "typed" ? { phone: typed(one.num_telefone) } : { email: one.email }
    return [{ ...key, first_name: one.nome }]
  })

/** A new world. With `kept` its story can be read afterwards. */
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
  run(serviceNow.seed([...knownTo(peculiarity), ...(peculiarity?.consumers ?? [])]))
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
    journeys: journeysFor(peculiarity),
    database,
    locks: new Locks(kernel, dice, (passed) => void runOutside(database.passed).addObserver(passed)),
    away: new Away(new Dice(scenario.seed + 4_000_003)),
    machines: [],
    processes: [],
    redrives: makeRedriveStore(),
    ordered: new Map(),
    begun: [],
    resent: new Map(),
    erased: new Map(),
    parkedAt: new Map(),
    robbed: new Set(),
    seen: [],
    earlier: new Map(),
    anewAt: new Map(),
    forgotten: new Set(),
    vainLooks: [],
    connecting: 0,
    slowness: 0,
    defects: 0,
    inFlight: 0,
    tell: (line) => story.tell(kernel.now, line)
  }
}
