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

/** Makes kafkajs's builder of connections read IPv6 addresses: it ends a host at the first colon. */
export const poolBuilderOf =
  (make: (options: BuilderOptions) => PoolBuilder) =>
  (options: BuilderOptions): PoolBuilder => {
    const builder = make(options)
    let turn = 0
    return {
      build: (destination) => {
        if (destination?.host !== undefined) return builder.build(destination)
        const broker = options.brokers[turn++ % options.brokers.length]
        return builder.build(broker === undefined ? destination : brokerAddress(broker))
      }
    }
  }

interface AskedPool {
  readonly brokers: Readonly<Record<string, object>>
  findBroker(node: { readonly nodeId: string }): Promise<object>
  withBroker(ask: (found: { readonly nodeId: string; readonly broker: object }) => Promise<unknown>): Promise<unknown>
}

/**
 * Asks one broker after the other until one answers. kafkajs gives up at the first one that cannot be connected to, and
 * resolves to null if all of them fail, which its callers take apart.
 */
export const askEachBroker = (pool: AskedPool, NoBroker: new (message: string) => Error): void => {
  let turn = 0
  pool.withBroker = async function (ask) {
    let failure: unknown = new NoBroker("No brokers in the broker pool")
    const nodeIds = Object.keys(this.brokers)
    const first = turn++ % Math.max(1, nodeIds.length)
    for (const nodeId of [...nodeIds.slice(first), ...nodeIds.slice(0, first)]) {
      try {
        return await ask({ nodeId, broker: await this.findBroker({ nodeId }) })
      } catch (error) {
        failure = error
      }
    }
    throw failure
  }
}
