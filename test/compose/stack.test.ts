import { existsSync, readFileSync } from "node:fs"

import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect } from "effect"
import { parse } from "yaml"

import { SettingsEnv } from "../../src/layers/settings/SettingsEnv.ts"
import { Settings } from "../../src/services/Settings.ts"

interface Service {
  readonly image: string
  readonly environment?: Readonly<Record<string, string | number>>
  readonly ports?: ReadonlyArray<string>
  readonly volumes?: ReadonlyArray<string>
  readonly command?: ReadonlyArray<string>
  readonly healthcheck?: unknown
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly [key: string]: unknown
}

const text = readFileSync("docker-compose.yml", "utf8")
const { networks, services, volumes } = parse(text, { merge: true }) as {
  readonly networks: Readonly<Record<string, { readonly internal?: boolean } | null>>
  readonly services: Readonly<Record<string, Service>>
  readonly volumes: Readonly<Record<string, unknown>>
}
const all = Object.entries(services)
const read = (path: string) => readFileSync(path, "utf8")
const environmentFile = read("compose/example.env")

/** As Compose puts variables in: `${NAME}`, `${NAME:-default}`, `${NAME:?reason}`. */
const interpolated = (value: string | number, given: Readonly<Record<string, string>>) =>
  String(value).replaceAll(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_, name: string, kind: string, rest: string) =>
    given[name] !== undefined && given[name] !== "" ? given[name] : kind === "-" ? rest : ""
  )

describe("docker-compose.yml", () => {
  it("pins every image; the collector and Kafka are those of the integration tests", () => {
    for (const [name, { image }] of all) assert.match(image, /:(v?\d+\.\d+\.?\d*|\$\{BROM_CTX_VERSION:-local\})/, name)
    const collector = /^ {2}version: (\S+)$/m.exec(read("tools/telemetry/collector-manifest.yaml"))?.[1]
    assert.strictEqual(services["otel-collector"]?.image, `otel/opentelemetry-collector-contrib:${collector}`)
    const kafka = /^KAFKA_VERSION=\$\{KAFKA_VERSION:-(\S+)\}$/m.exec(read("tools/kafka/kafka.sh"))?.[1]
    for (const name of ["kafka", "kafka-topics"]) assert.strictEqual(services[name]?.image, `apache/kafka:${kafka}`)
  })

  it.effect("CONTRACT Environment: the service takes its environment, as one of several replicas", () =>
    Effect.gen(function* () {
      const given = Object.fromEntries(
        environmentFile.split("\n").flatMap((line) => {
          const [, name = "", value = ""] = /^([A-Z_]+)=(.*)$/.exec(line) ?? []
          return name === "" ? [] : [[name, value === "" ? "chosen-0123456789" : value]]
        })
      )
      const environment = Object.fromEntries(
        Object.entries(services["brom-ctx"]?.environment ?? {}).map(([name, value]) => [
          name,
          interpolated(value, given)
        ])
      )
      const configuration = read("docs/configuration.md")
      assert.deepStrictEqual(
        Object.keys(environment).filter((name) => !configuration.includes(`\`${name}\``)),
        []
      )
      const settings = yield* Settings.pipe(
        Effect.provide(SettingsEnv),
        Effect.provide(ConfigProvider.layer(ConfigProvider.fromUnknown(environment)))
      )
      assert.deepStrictEqual(
        settings.warnings.map((warning) => warning.replace(/:.*/, "")),
        ["WENI_URL begins with http", "SERVICENOW_URL begins with http"]
      )
      assert.isDefined(settings.database.url)
      assert.deepStrictEqual(
        settings.http.operators.map(({ name }) => name),
        ["operator"]
      )
      assert.strictEqual(settings.http.host, "0.0.0.0")
      const grace = Number(/^(\d+)s$/.exec(String(services["brom-ctx"]?.stop_grace_period))?.[1]) * 1000
      assert.isAtLeast(grace, settings.shutdownGrace + 2000)
      assert.strictEqual(environment.OTEL_TRACES_SAMPLER, "always_on")
      const command = services["kafka-topics"]?.command?.join("\n") ?? ""
      const created = [...command.matchAll(/^create (\S+)/gm)].map(([, topic]) => topic)
      assert.deepStrictEqual(created.sort(), Object.values(settings.topics).sort())
      assert.include(command, "--partitions 12 ")
    })
  )

  it("SPEC 9.3: `docker compose up --scale brom-ctx=3` needs no other setting", () => {
    const service = services["brom-ctx"]
    assert.notProperty(service, "container_name")
    assert.notProperty(service, "hostname")
    // Each replica takes a host port of the range, and no other port is published.
    const [range, ...others] = service?.ports ?? []
    const [, from = "0", to = "0"] = /^127\.0\.0\.1:(\d+)-(\d+):8080$/.exec(String(range)) ?? []
    assert.isAtLeast(Number(to) - Number(from) + 1, 3)
    assert.deepStrictEqual(others, [])
  })

  it("takes secrets from the environment alone, and example.env names every variable", () => {
    const secret = /PASSWORD|SECRET|TOKEN|API_KEY/
    for (const [name, { environment = {} }] of all) {
      for (const [key, value] of Object.entries(environment)) {
        if (secret.test(key)) assert.match(String(value), /^\$\{\w+:[-?]/, `${name} ${key}`)
        if (secret.test(key)) assert.notMatch(String(value), /:-[^}]/, `${name} ${key}`)
      }
    }
    const named = new Set([...environmentFile.matchAll(/^(?:# )?([A-Z_]+)=/gm)].map(([, name]) => name))
    const used = [...text.matchAll(/(?<!\$)\$\{(\w+)/g)].map(([, name]) => name)
    assert.deepStrictEqual(
      used.filter((name) => !named.has(name)),
      []
    )
  })

  it("publishes ports on this machine alone", () => {
    for (const [name, { ports = [] }] of all) for (const port of ports) assert.match(port, /^127\.0\.0\.1:/, name)
  })

  it("runs everything without rights, on a file system that is read only but for Kafka's", () => {
    for (const [name, { cap_add, cap_drop, privileged, read_only, security_opt, user }] of all) {
      assert.deepStrictEqual(
        { cap_drop, read_only, security_opt },
        {
          cap_drop: ["ALL"],
          read_only: name.startsWith("kafka") ? undefined : true,
          security_opt: ["no-new-privileges:true"]
        },
        name
      )
      // It gives a new volume to Jaeger's user, once, and without a network.
      assert.deepStrictEqual(cap_add, name === "jaeger-volume" ? ["CHOWN"] : undefined, name)
      if (name !== "jaeger-volume") assert.notStrictEqual(user, "root", name)
      assert.isUndefined(privileged, name)
    }
  })

  it("lets only those speak with each other who have to", () => {
    const on = (network: string) =>
      all.flatMap(([name, service]) =>
        ((service.networks ?? []) as ReadonlyArray<string>).includes(network) ? [name] : []
      )
    assert.deepStrictEqual(
      Object.fromEntries(Object.keys(networks).map((network) => [network, on(network).toSorted()])),
      {
        database: ["brom-ctx", "postgres"],
        records: ["brom-ctx", "kafka", "kafka-topics"],
        vendors: ["brom-ctx", "simulators"],
        telemetry: ["brom-ctx", "grafana", "jaeger", "otel-collector", "prometheus", "tempo"],
        operators: ["grafana", "jaeger", "prometheus"]
      }
    )
    const outside = all.filter(([, service]) => service.networks === undefined)
    assert.deepStrictEqual(
      outside.map(([name, { network_mode }]) => [name, network_mode]),
      [["jaeger-volume", "none"]]
    )
    // Nothing beyond this machine is reached from there, and no port of them is published.
    for (const network of ["database", "telemetry"]) assert.deepStrictEqual(networks[network], { internal: true })
    for (const [name, { networks: own, ports = [] }] of all) {
      const published = (own as ReadonlyArray<string> | undefined)?.some(
        (network) => networks[network]?.internal !== true
      )
      if (ports.length > 0) assert.isTrue(published, name)
    }
  })

  it("lets Prometheus find each replica once: the two share one network", () => {
    const networksOf = (name: string) => (services[name]?.["networks"] ?? []) as ReadonlyArray<string>
    const shared = networksOf("prometheus").filter((network) => networksOf("brom-ctx").includes(network))
    assert.deepStrictEqual(shared, ["telemetry"])
  })

  it("waits for the health only of what has a health check, and mounts only files that are there", () => {
    const dockerfile = read("Dockerfile")
    for (const [name, { depends_on = {}, volumes: mounts = [] }] of all) {
      for (const [other, { condition }] of Object.entries(depends_on)) {
        const checked =
          services[other]?.healthcheck !== undefined || /HEALTHCHECK/.test(dockerfile.split(`AS ${other}`)[1] ?? "")
        if (condition === "service_healthy") assert.isTrue(checked, `${name} waits for ${other}`)
      }
      for (const mount of mounts) {
        const source = mount.split(":")[0] ?? ""
        assert.isTrue(source.startsWith(".") ? existsSync(source) : source in volumes, `${name}: ${mount}`)
      }
    }
  })
})
