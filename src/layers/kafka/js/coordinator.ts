import { isProtocolError } from "./connections.ts"

interface Coordinator {
  heartbeat(beat: object): Promise<void>
}

interface ConsumerGroup {
  readonly groupId: string
  readonly cluster: {
    readonly brokerPool: {
      withBroker(
        ask: (found: { readonly broker: { findGroupCoordinator(group: object): Promise<Found> } }) => Promise<Found>
      ): Promise<Found>
    }
    findBroker(node: { readonly nodeId: number }): Promise<Coordinator>
  }
  coordinator: Coordinator
  readonly offsetManager: { coordinator: Coordinator } | null
  heartbeat(options: object): Promise<void>
}

interface Found {
  readonly coordinator: { readonly nodeId: number }
}

/** The protocol's number for a group's coordinator. */
const GROUP = 0

const findAgain = async (group: ConsumerGroup): Promise<void> => {
  const { cluster, groupId } = group
  const { coordinator } = await cluster.brokerPool.withBroker(({ broker }) =>
    broker.findGroupCoordinator({ groupId, coordinatorType: GROUP })
  )
  const found = await cluster.findBroker({ nodeId: coordinator.nodeId })
  group.coordinator = found
  if (group.offsetManager !== null) group.offsetManager.coordinator = found
}

/**
 * Looks for the group's coordinator again when it does not answer a heartbeat. kafkajs stays with the broker that was the
 * coordinator when the member joined, until it has failed 90 times, although the brokers have long given the group to
 * another one.
 */
export const followCoordinator = (group: Pick<ConsumerGroup, "heartbeat">): void => {
  const heartbeat = group.heartbeat
  const searches = new WeakMap<ConsumerGroup, Promise<void>>()
  group.heartbeat = async function (this: ConsumerGroup, options) {
    try {
      await heartbeat.call(this, options)
    } catch (error) {
      // A protocol error is the coordinator's answer, and kafkajs knows what to do then.
      if (!isProtocolError(error)) {
        const search = searches.get(this) ?? findAgain(this).finally(() => searches.delete(this))
        searches.set(this, search)
        await search.catch(() => {})
      }
      throw error
    }
  }
}
