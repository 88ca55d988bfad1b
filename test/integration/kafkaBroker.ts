import { execFile } from "node:child_process"
import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"

import { Context, Effect, Layer } from "effect"

import { Patience } from "../contracts/kafkaBench.ts"
import { freePorts } from "../support/freePorts.ts"
import { RealBench, RealBrokers } from "./kafkaReal.ts"
import { temporaryDirectory } from "./support/temporaryFile.ts"

const script = new URL("../../tools/kafka/kafka.sh", import.meta.url).pathname

/** A broker of the tests' own, which they may stop and kill (`tools/kafka/kafka.sh`: Java 17 and Maven). */
export class OwnBroker extends Context.Service<
  OwnBroker,
  {
    readonly address: string
    readonly start: Effect.Effect<void>
    /** `SIGTERM`. */
    readonly stop: Effect.Effect<void>
    /** `SIGKILL`. */
    readonly kill: Effect.Effect<void>
    /** Runs one of Kafka's own tools with `input` on stdin. */
    cli(args: ReadonlyArray<string>, input: string): Effect.Effect<void>
    /** Changes a partition's log on the disk. The broker must be stopped. */
    rewrite(topic: string, partition: number, change: (log: Buffer) => void): Effect.Effect<void>
  }
>()("brom-ctx/test/OwnBroker") {}

/** Consecutive free ports: two for each broker, its own and its controller's. */
export const brokerPorts = (brokers: number) => freePorts(2 * brokers)

// The cluster accepts a killed broker again after 5 s instead of 12.
const QUICK = "broker.session.timeout.ms=3000\nbroker.heartbeat.interval.ms=500"

/** `kafka.sh` with these arguments; `extra` are more lines of the broker's properties. */
export const sh = (args: ReadonlyArray<string>, input = "", extra = QUICK) =>
  Effect.callback<void>((resume) => {
    const child = execFile(
      "sh",
      [script, ...args],
      { env: { ...process.env, KAFKA_EXTRA: extra } },
      (error, _, stderr) =>
        resume(error === null ? Effect.void : Effect.die(new Error(`${args.join(" ")}: ${stderr || error.message}`)))
    )
    child.stdin?.end(input)
  })

const OwnBrokerLayer = Layer.effect(
  OwnBroker,
  Effect.gen(function* () {
    const port = `${yield* brokerPorts(1)}`
    const dir = yield* temporaryDirectory
    yield* Effect.addFinalizer(() => sh(["kill", dir, port]))
    return OwnBroker.of({
      address: `127.0.0.1:${port}`,
      start: sh(["start", dir, port]),
      stop: sh(["stop", dir, port]),
      kill: sh(["kill", dir, port]),
      cli: (args, input) => sh(["cli", dir, port, ...args], input),
      rewrite: (topic, partition, change) =>
        Effect.promise(async () => {
          const path = join(dir, "data", `${topic}-${partition}`, "00000000000000000000.log")
          const log = await readFile(path)
          change(log)
          await writeFile(path, log)
        })
    })
  })
)

/** A bench on a broker of its own, which tests may stop and start, and must leave running. */
export const FaultyBench = RealBench.pipe(
  Layer.provideMerge(Layer.unwrap(Effect.map(OwnBroker, ({ address }) => RealBrokers.layer(() => [address])))),
  Layer.provideMerge(Layer.effectDiscard(Effect.flatMap(OwnBroker, (broker) => broker.start))),
  Layer.provideMerge(OwnBrokerLayer),
  Layer.provideMerge(Layer.succeed(Patience, 90))
)
