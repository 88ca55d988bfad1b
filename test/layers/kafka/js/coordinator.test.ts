import { assert, describe, it } from "@effect/vitest"

import { followCoordinator } from "../../../../src/layers/kafka/js/coordinator.ts"

interface Coordinator {
  heartbeat(): Promise<void>
}

/** A member whose group has moved from broker 1 to broker 2. Broker 1 fails with this error. */
const memberOf = (failure: Error) => {
  const asked: Array<string> = []
  const coordinatorOf = (nodeId: number): Coordinator => ({
    heartbeat: async () => {
      asked.push(`heartbeat ${nodeId}`)
      if (nodeId === 1) throw failure
    }
  })
  const first = coordinatorOf(1)
  const group = {
    groupId: "g",
    cluster: {
      brokerPool: {
        withBroker: async () => {
          asked.push("coordinator")
          return { coordinator: { nodeId: 2 } }
        }
      },
      findBroker: async ({ nodeId }: { readonly nodeId: number }) => coordinatorOf(nodeId)
    },
    coordinator: first,
    offsetManager: { coordinator: first },
    heartbeat(_: object): Promise<void> {
      return this.coordinator.heartbeat()
    }
  }
  followCoordinator(group)
  return { asked, group }
}

describe("docs/kafka.md patch 17: a group's coordinator that does not answer", () => {
  it("SPEC 9.1: is looked for again, once for all heartbeats, and has the commits, too", async () => {
    const { asked, group } = memberOf(new Error("connect ECONNREFUSED"))
    const beat = () => group.heartbeat({}).catch(({ message }: Error) => message)
    assert.deepStrictEqual(await Promise.all([beat(), beat()]), ["connect ECONNREFUSED", "connect ECONNREFUSED"])
    await beat()
    assert.deepStrictEqual(asked, ["heartbeat 1", "heartbeat 1", "coordinator", "heartbeat 2"])
    assert.strictEqual(group.offsetManager.coordinator, group.coordinator)
  })

  it("SPEC 9.1: is not looked for because it says no", async () => {
    const { asked, group } = memberOf(Object.assign(new Error("rebalancing"), { type: "REBALANCE_IN_PROGRESS" }))
    await group.heartbeat({}).catch(() => {})
    assert.deepStrictEqual(asked, ["heartbeat 1"])
  })
})
