import { BROKER_PATIENCE, isProtocolError } from "./connections.ts"
import { inTime, lateAnswer } from "./inTime.ts"

/** Where a client may find the brokers. */
export interface BrokerAddress {
  readonly host: string
  readonly port: number
}

/** Reads `host:port` or `[IPv6 address]:port`, which the settings have checked. */
export const brokerAddress = (text: string): BrokerAddress => {
  const colon = text.lastIndexOf(":")
  return { host: text.slice(0, colon).replace(/^\[(.*)\]$/, "$1"), port: Number(text.slice(colon + 1)) }
}

interface BuilderOptions {
  readonly brokers: ReadonlyArray<string>
}

interface PoolBuilder {
  build(destination?: { readonly host?: string; readonly port?: number; readonly rack?: string }): Promise<object>
}

/** Which address of a list is tried next. */
const turns = new WeakMap<ReadonlyArray<string>, number>()

/**
 * Makes kafkajs's builder of connections read IPv6 addresses. By itself it ends a host at the first colon. A client asks
 * for a second address because the first one has failed. All clients of one list then begin after that one, so a new
 * client does not meet the same failure.
 */
export const poolBuilderOf =
  (make: (options: BuilderOptions) => PoolBuilder) =>
  (options: BuilderOptions): PoolBuilder => {
    const builder = make(options)
    const { brokers } = options
    let own: number | undefined
    return {
      build: (destination) => {
        if (destination?.host !== undefined) return builder.build(destination)
        const turn = turns.get(brokers) ?? 0
        own = turn === own ? turn + 1 : turn
        turns.set(brokers, own)
        const broker = brokers[own % brokers.length]
        return builder.build(broker === undefined ? destination : brokerAddress(broker))
      }
    }
  }

/** The broker object of kafkajs, for what all brokers know. */
interface Broker {
  readonly brokerAddress: string
  metadata(topics: ReadonlyArray<string>): Promise<object>
  findGroupCoordinator(group: object): Promise<object>
}

/** A broker that has 5 s for what all brokers know, and answers for itself alone. */
const impatient = (broker: Broker): Broker => {
  const late = () => lateAnswer(BROKER_PATIENCE, broker.brokerAddress)
  const metadata: Broker["metadata"] = (topics) => inTime(broker.metadata(topics), BROKER_PATIENCE, late)
  const findGroupCoordinator: Broker["findGroupCoordinator"] = (group) =>
    inTime(broker.findGroupCoordinator(group), BROKER_PATIENCE, late)
  return Object.create(broker, { metadata: { value: metadata }, findGroupCoordinator: { value: findGroupCoordinator } })
}

interface AskedPool {
  readonly brokers: Readonly<Record<string, Broker>>
  findBroker(node: { readonly nodeId: string }): Promise<Broker>
  withBroker(ask: (found: { readonly nodeId: string; readonly broker: Broker }) => Promise<unknown>): Promise<unknown>
}

/**
 * Asks one broker after the other until one answers. kafkajs itself gives up at the first one that it cannot connect
 * to, and waits for 15 s for one that does not answer. If all of them fail, it resolves to null, which its callers
 * destructure.
 */
export const askEachBroker = (pool: AskedPool, NoBroker: new (message: string) => Error): void => {
  let turn = 0
  pool.withBroker = async function (ask) {
    let failure: unknown = new NoBroker("No brokers in the broker pool")
    const nodeIds = Object.keys(this.brokers)
    const first = turn++ % Math.max(1, nodeIds.length)
    for (const nodeId of [...nodeIds.slice(first), ...nodeIds.slice(0, first)]) {
      try {
        return await ask({ nodeId, broker: impatient(await this.findBroker({ nodeId })) })
      } catch (error) {
        failure = error
      }
    }
    throw failure
  }
}

interface RefreshedPool {
  readonly brokers: Readonly<Record<string, Broker>>
  readonly seedBroker: Broker | undefined
  findBroker(node: { readonly nodeId: string }): Promise<Broker>
  findConnectedBroker(): Promise<Broker>
  refreshMetadata(topics: ReadonlyArray<string>): Promise<unknown>
}

/**
 * Refreshes the metadata by one broker after the other until one answers: first a connected one, which may hang, and
 * then the others. kafkajs itself waits for 15 s for the first one, and fails.
 *
 * Keeps the seed broker with which a refresh began. kafkajs takes the node at the seed's address for the seed, and
 * compares with the address from before the answer, but with the seed from after it: a connection that closes meanwhile
 * makes another broker the seed, which then has the id and the requests of two nodes. Its group coordinator refuses
 * commits for as long as the consumer runs.
 */
export const refreshByEachBroker = (pool: RefreshedPool): void => {
  const refresh = pool.refreshMetadata

  const refreshBy = (it: RefreshedPool, broker: Broker, topics: ReadonlyArray<string>) => {
    const { seedBroker } = it
    const seeded = new Proxy(it, {
      get: (target, key) => {
        if (key === "seedBroker") return seedBroker
        return key === "findConnectedBroker" ? () => Promise.resolve(impatient(broker)) : Reflect.get(target, key)
      }
    })
    return refresh.call(seeded, topics)
  }

  pool.refreshMetadata = async function (topics) {
    const first = await this.findConnectedBroker()
    try {
      return await refreshBy(this, first, topics)
    } catch (error) {
      // A broker's answer counts, also one that says no.
      if (!(error instanceof Error) || isProtocolError(error)) throw error
      for (const nodeId of Object.keys(this.brokers).filter((nodeId) => this.brokers[nodeId] !== first)) {
        const refreshed = this.findBroker({ nodeId }).then((broker) => refreshBy(this, broker, topics))
        const isRefreshed = await refreshed.then(
          () => true,
          () => false
        )
        if (isRefreshed) return undefined
      }
      throw error
    }
  }
}
