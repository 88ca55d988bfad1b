import { networkInterfaces } from "node:os"

import { assert, layer } from "@effect/vitest"
import { Context, Effect, Layer, Logger, Redacted } from "effect"

import { KafkaJs } from "../../src/layers/kafka/js/KafkaJs.ts"
import { Kafka } from "../../src/services/Kafka.ts"
import { type KafkaSettings, Settings } from "../../src/services/Settings.ts"
import { eventually, fresh, freshTopic, Patience, readOn, record, text } from "../contracts/kafkaBench.ts"
import { certificates } from "../support/certificates.ts"
import { settings } from "../support/settings.ts"
import { brokerPorts, sh } from "./kafkaBroker.ts"
import { RealBench, RealBrokers } from "./kafkaReal.ts"
import { temporaryDirectory } from "./support/temporaryFile.ts"

/** A broker of its own, with listeners in plain text, with SASL over TLS, and with client certificates. */
class SecureBroker extends Context.Service<
  SecureBroker,
  {
    readonly plain: string
    readonly sasl: string
    readonly mutual: string
    /** Its IPv6 address, in plain text. */
    readonly sixth: string
    readonly ca: string
    readonly client: { readonly cert: string; readonly key: Redacted.Redacted }
  }
>()("brom-ctx/test/SecureBroker") {}

const hasIPv6 = (networkInterfaces()["lo"] ?? []).some(({ address }) => address === "::1")

const user = { username: "brom-ctx", password: Redacted.make("s3cret of the test") }

const SecureBrokerLayer = Layer.effect(
  SecureBroker,
  Effect.gen(function* () {
    const { path, text } = yield* certificates
    const port = yield* brokerPorts(3)
    const dir = yield* temporaryDirectory
    const [plain, controller, sasl, mutual] = [0, 1, 2, 3].map((more) => `127.0.0.1:${port + more}`)
    const sixth = `[::1]:${port + 4}`
    const open = `PLAINTEXT://${plain},SECURE://${sasl},MUTUAL://${mutual},CONTROLLER://${controller}${hasIPv6 ? `,SIXTH://${sixth}` : ""}`
    const scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
    const extra = [
      `listeners=${open}`,
      `advertised.listeners=${open}`,
      "listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SIXTH:PLAINTEXT,SECURE:SASL_SSL,MUTUAL:SSL",
      "ssl.keystore.type=PEM",
      `ssl.keystore.location=${path("broker.both")}`,
      "ssl.truststore.type=PEM",
      `ssl.truststore.location=${path("ca.pem")}`,
      "sasl.enabled.mechanisms=SCRAM-SHA-512",
      `listener.name.secure.scram-sha-512.sasl.jaas.config=${scram}`,
      "listener.name.mutual.ssl.client.auth=required"
    ].join("\n")
    yield* Effect.addFinalizer(() => sh(["kill", dir, `${port}`]))
    yield* sh(["start", dir, `${port}`], "", extra)
    const secret = `SCRAM-SHA-512=[password=${Redacted.value(user.password)}]`
    const alter = ["--alter", "--add-config", secret, "--entity-type", "users", "--entity-name", user.username]
    yield* sh(["cli", dir, `${port}`, "configs", ...alter])
    return SecureBroker.of({
      plain: plain ?? "",
      sasl: sasl ?? "",
      mutual: mutual ?? "",
      sixth,
      ca: text("ca.pem"),
      client: { cert: text("client.pem"), key: Redacted.make(text("client.key")) }
    })
  })
)

const Secured = RealBench.pipe(
  Layer.provideMerge(Layer.unwrap(Effect.map(SecureBroker, ({ plain }) => RealBrokers.layer(() => [plain])))),
  Layer.provideMerge(SecureBrokerLayer),
  Layer.provideMerge(Layer.succeed(Patience, 60))
)

const kafkaWith = (kafka: Partial<KafkaSettings>) =>
  Effect.map(
    Layer.build(Layer.fresh(KafkaJs.pipe(Layer.provide(Layer.succeed(Settings, settings({ kafka })))))),
    (context) => Context.get(context, Kafka)
  )

/** Publishes one record and consumes it, with the service's own adapter. */
const roundTrip = Effect.fnUntraced(function* (kafka: Partial<KafkaSettings>) {
  const topic = yield* freshTopic(1)
  const service = yield* kafkaWith({ groupId: fresh("group"), ...kafka })
  const seen: Array<string | null> = []
  yield* service.consume({
    topics: [topic],
    maxInFlight: 4,
    drain: 1000,
    onAssigned: readOn,
    onGap: () => Effect.void,
    receive: ({ value }) => ({ key: undefined, run: Effect.sync(() => void seen.push(text(value))) })
  })
  yield* Effect.orDie(service.publish(record(topic, "k", "value")))
  return yield* eventually(
    "consumed",
    Effect.sync(() => seen),
    (all) => all.length > 0
  )
})

/** The first warning of a member that cannot reach its brokers. */
const refusal = Effect.fnUntraced(function* (kafka: Partial<KafkaSettings>) {
  const lines: Array<string> = []
  const logger = Logger.make(({ logLevel, message }) => void (logLevel === "Warn" && lines.push(String(message))))
  return yield* Effect.gen(function* () {
    const topic = yield* freshTopic(1)
    const service = yield* kafkaWith({ groupId: fresh("group"), ...kafka })
    const none = { key: undefined, run: Effect.void }
    const begin = () => Effect.void
    yield* service.consume({
      topics: [topic],
      maxInFlight: 4,
      drain: 0,
      onAssigned: readOn,
      onGap: begin,
      receive: () => none
    })
    yield* eventually(
      "refused",
      Effect.sync(() => lines),
      (all) => all.length > 0
    )
    return lines[0] ?? ""
  }).pipe(Effect.provide(Logger.layer([logger])))
})

layer(Secured, { excludeTestServices: true, timeout: "120 seconds" })("Kafka: kafkajs and a secured broker", (it) => {
  it.effect("CONTRACT KAFKA_SSL_CA, KAFKA_SASL: SCRAM-SHA-512 over TLS publishes and consumes", () =>
    Effect.gen(function* () {
      const { ca, sasl } = yield* SecureBroker
      const secure = {
        brokers: [sasl],
        ssl: true,
        certificates: { ca },
        sasl: { mechanism: "scram-sha-512", ...user }
      } as const
      assert.deepStrictEqual(yield* roundTrip(secure), ["value"])
    })
  )

  it.effect.runIf(hasIPv6)("CONTRACT KAFKA_BROKERS: a broker is reached by its IPv6 address", () =>
    Effect.gen(function* () {
      const { sixth } = yield* SecureBroker
      assert.deepStrictEqual(yield* roundTrip({ brokers: ["127.0.0.1:1", sixth] }), ["value"])
    })
  )

  it.effect("CONTRACT KAFKA_SSL_CERT, KAFKA_SSL_KEY: a broker that requires a certificate of its clients gets it", () =>
    Effect.gen(function* () {
      const { ca, client, mutual } = yield* SecureBroker
      const secure = { brokers: [mutual], ssl: true, certificates: { ca, ...client } }
      assert.deepStrictEqual(yield* roundTrip(secure), ["value"])
      const without = yield* refusal({ ...secure, certificates: { ca } })
      assert.match(without, new RegExp(`^Kafka brokers ${mutual} do not answer: .*certificate`))
    })
  )

  it.effect("SPEC 9.1: the log names wrong credentials and an unknown authority", () =>
    Effect.gen(function* () {
      const { ca, sasl } = yield* SecureBroker
      const wrong = { mechanism: "scram-sha-512", username: user.username, password: Redacted.make("wrong") } as const
      const secure = { brokers: [sasl], ssl: true, certificates: { ca }, sasl: wrong }
      const denied = yield* refusal(secure)
      assert.match(denied, /do not answer: .*Authentication failed/)
      assert.notInclude(denied, "wrong")
      const { certificates: _, ...unknown } = { ...secure, sasl: { ...wrong, ...user } }
      assert.match(yield* refusal(unknown), /do not answer: .*(self[- ]signed|unable to verify)/)
    })
  )
})
