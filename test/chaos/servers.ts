import { Effect } from "effect"

import { freePorts as freeRow } from "../integration/kafkaBroker.ts"
import { freePorts, ownScript } from "../integration/support/ownServers.ts"
import { serversHost } from "./network.ts"

/** By their node ids. */
export const brokers = [1, 2, 3] as const
type Broker = (typeof brokers)[number]

/** Three brokers in one cluster, all down at first. */
export const makeCluster = Effect.gen(function* () {
  const port = yield* Effect.promise(() => freeRow(brokers.length))
  const command = yield* ownScript("tools/kafka/kafka.sh", ["kill3", "kafka", String(port)], {
    KAFKA_HOST: serversHost,
    // The controller gives a partition back to its first replica within seconds: leaders move on each return.
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
  const ports = [yield* freePorts, yield* freePorts] as const
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
    /** Both servers: a connection goes to the one that may write. */
    url: `postgres://postgres@${authority(...ports)}/postgres?target_session_attrs=read-write`,
    /** Of the server that is the primary now. */
    primaryUrl: Effect.sync(() => `postgres://postgres@${authority(ports[primary])}/postgres`),
    begin: Effect.andThen(here("start"), attachStandby),
    start: here("start"),
    stop: here("stop"),
    kill: here("kill"),
    /** The standby is the primary from now on. */
    promoteStandby: Effect.suspend(() => {
      primary = primary === 0 ? 1 : 0
      return on(primary, "promote")
    }),
    /** What was the primary becomes the standby of the other one. */
    attachStandby
  }
})
