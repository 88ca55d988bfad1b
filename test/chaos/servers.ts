import { Effect } from "effect"

import { brokerPorts } from "../integration/kafkaBroker.ts"
import { ownScript } from "../integration/support/ownServers.ts"
import { freePort } from "../support/freePorts.ts"
import { serversHost } from "./network.ts"

/** The node ids of the brokers. */
export const brokers = [1, 2, 3] as const
type Broker = (typeof brokers)[number]

/** Three brokers in one cluster, not started yet. */
export const makeCluster = Effect.gen(function* () {
  const port = yield* brokerPorts(brokers.length)
  const command = yield* ownScript("tools/kafka/kafka.sh", ["kill3", "kafka", String(port)], {
    KAFKA_HOST: serversHost,
    // The controller returns a partition to its first replica within seconds, so leaders move each time a broker is back.
    KAFKA_EXTRA:
      "broker.session.timeout.ms=3000\nbroker.heartbeat.interval.ms=500\nleader.imbalance.check.interval.seconds=2"
  })
  const portOf = (broker: Broker) => port + 2 * (broker - 1)
  const of = (name: string) => (broker: Broker) => command(name, `kafka/${broker}`, portOf(broker))
  return {
    brokers: brokers.map((broker) => `${serversHost}:${portOf(broker)}`),
    start: command("start3", "kafka", port),
    kill: command("kill3", "kafka", port),
    startOne: of("start"),
    stopOne: of("stop"),
    killOne: of("kill")
  }
})

/** Two Postgres servers: a primary, and a streaming standby that each commit waits for. */
export const makePair = Effect.gen(function* () {
  const ports = [yield* freePort, yield* freePort] as const
  const script = "tools/postgres/postgres.sh"
  const host = { POSTGRES_HOST: serversHost }
  const command = yield* ownScript(script, ["stop", "0", String(ports[0])], host)
  const other = yield* ownScript(script, ["stop", "1", String(ports[1])], host)
  const commands = [command, other] as const
  let primary: 0 | 1 = 0
  const on = (server: 0 | 1, name: string, ...more: ReadonlyArray<number>) =>
    commands[server](name, String(server), ports[server], ...more)
  const here = (name: string) => Effect.suspend(() => on(primary, name))
  const attachStandby = Effect.suspend(() =>
    Effect.andThen(on(primary === 0 ? 1 : 0, "standby", ports[primary]), on(primary, "wait-for-standby"))
  )
  const authority = (...hosts: ReadonlyArray<number>) => hosts.map((port) => `${serversHost}:${port}`).join(",")
  return {
    /** The URL of both servers. A connection goes to the one that may write. */
    url: `postgres://postgres@${authority(...ports)}/postgres?target_session_attrs=read-write`,
    /** The URL of the present primary. */
    primaryUrl: Effect.sync(() => `postgres://postgres@${authority(ports[primary])}/postgres`),
    begin: Effect.andThen(here("start"), attachStandby),
    start: here("start"),
    stop: here("stop"),
    kill: here("kill"),
    /** Makes the standby the primary. */
    promoteStandby: Effect.suspend(() => {
      primary = primary === 0 ? 1 : 0
      return on(primary, "promote")
    }),
    /** Makes the former primary the standby of the other server. */
    attachStandby
  }
})
