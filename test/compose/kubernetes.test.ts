import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

import { assert, describe, it } from "@effect/vitest"
import { Ajv } from "ajv"
import { ConfigProvider, Effect } from "effect"
import { parse } from "yaml"

import { SettingsEnv } from "../../src/layers/settings/SettingsEnv.ts"
import { Settings } from "../../src/services/Settings.ts"
import schema from "../../tools/kubernetes/schema.json" with { type: "json" }

interface Mount {
  readonly name: string
  readonly mountPath: string
}

interface Container {
  readonly env: ReadonlyArray<{ readonly name: string; readonly value: string }>
  readonly ports: ReadonlyArray<unknown>
  readonly securityContext: unknown
  readonly volumeMounts: ReadonlyArray<Mount>
  readonly [probe: `${string}Probe`]: { readonly httpGet: { readonly path: string } }
}

interface Deployment {
  readonly spec: {
    readonly selector: { readonly matchLabels: unknown }
    readonly template: {
      readonly metadata: { readonly labels: unknown; readonly annotations: Readonly<Record<string, string>> }
      readonly spec: {
        readonly automountServiceAccountToken: boolean
        readonly enableServiceLinks: boolean
        readonly securityContext: { readonly runAsNonRoot: boolean }
        readonly terminationGracePeriodSeconds: number
        readonly containers: ReadonlyArray<Container>
        readonly volumes: ReadonlyArray<{ readonly name: string }>
      }
    }
  }
}

const folder = "deploy/kubernetes"
// As kubectl reads them, which has YAML 1.1.
const manifest = (file: string) => parse(readFileSync(join(folder, file), "utf8"), { version: "1.1" })
const files = readdirSync(folder).filter((file) => file !== "kustomization.yaml")

const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true })
ajv.addSchema({ definitions: schema.definitions }, "kubernetes")
const problemsOf = (value: { readonly apiVersion: string; readonly kind: string }) => {
  const kind = `${value.apiVersion} ${value.kind}`
  const name = Object.entries(schema.kinds).find(([known]) => known === kind)?.[1]
  if (name === undefined) return [`${kind}: unknown`]
  ajv.validate({ $ref: `kubernetes#/definitions/${name}` }, value)
  return (ajv.errors ?? []).map(({ instancePath, message, params }) => [instancePath, message, params])
}

const settingsData: Readonly<Record<string, string>> = manifest("settings.yaml").data
const secrets: Readonly<Record<string, string>> = manifest("secret.example.yaml").stringData
const { spec }: Deployment = manifest("deployment.yaml")
const { metadata, spec: pod } = spec.template
const container = pod.containers[0]!
const secretFolder = "/run/secrets/brom-ctx"

describe("deploy/kubernetes", () => {
  it("has manifests that Kubernetes' own schemas take, without an unknown field", () => {
    for (const file of files) assert.deepStrictEqual(problemsOf(manifest(file)), [], file)
    const misspelt = { ...manifest("deployment.yaml"), spec: { ...spec, replica: 2 } }
    assert.deepStrictEqual(problemsOf(misspelt), [
      ["/spec", "must NOT have additional properties", { additionalProperty: "replica" }]
    ])
  })

  it("applies everything but the example of a secret", () => {
    const { resources } = manifest("kustomization.yaml")
    assert.sameMembers(
      resources,
      files.filter((file) => file !== "secret.example.yaml")
    )
  })

  it.effect("CONTRACT Environment: its settings and secrets are the service's own, and none is doubtful", () =>
    Effect.gen(function* () {
      const folderOfTest = mkdtempSync(join(tmpdir(), "brom-ctx-secrets-"))
      yield* Effect.addFinalizer(() => Effect.sync(() => rmSync(folderOfTest, { recursive: true })))
      for (const [name, value] of Object.entries(secrets)) writeFileSync(join(folderOfTest, name), value)
      assert.sameMembers(
        container.env.map(({ name, value }) => `${name} ${value}`),
        Object.keys(secrets).map((name) => `${name}_FILE ${secretFolder}/${name}`)
      )
      const dockerfile = readFileSync("Dockerfile", "utf8")
      const image = Object.fromEntries(
        [...dockerfile.matchAll(/^ENV (\w+)=(.*)$/gm)].map(([, name, value]) => [name, value])
      )
      const settings = yield* Settings.pipe(
        Effect.provide(SettingsEnv),
        Effect.provide(
          ConfigProvider.layer(
            ConfigProvider.fromUnknown({
              ...image,
              ...settingsData,
              ...Object.fromEntries(
                container.env.map(({ name, value }) => [name, value.replace(secretFolder, folderOfTest)])
              ),
              JOURNEYS_FILE: "journeys.yaml"
            })
          )
        )
      )
      assert.deepStrictEqual(settings.warnings, [])
      assert.isDefined(settings.database.url)
      assert.strictEqual(settings.http.host, "0.0.0.0")
      assert.isAtLeast(pod.terminationGracePeriodSeconds * 1000, settings.shutdownGrace + 2000)
      assert.deepStrictEqual(container.ports, [{ name: "http", containerPort: settings.http.port }])
      assert.strictEqual(metadata.annotations["prometheus.io/port"], String(settings.http.port))
    })
  )

  it("mounts the files that the settings and the secrets name", () => {
    assert.sameMembers(
      container.volumeMounts.map(({ name }) => name),
      pod.volumes.map(({ name }) => name)
    )
    const places = container.volumeMounts.map(({ mountPath }) => mountPath)
    assert.include(places, secretFolder)
    assert.include(places, "/etc/brom-ctx")
    assert.strictEqual(settingsData.JOURNEYS_FILE, "/etc/brom-ctx/journeys.yaml")
  })

  it("probes routes that the service has, and restarts nothing because of what is outside", () => {
    const routes = readFileSync("src/http/HealthServer.ts", "utf8")
    const paths = (["startupProbe", "livenessProbe", "readinessProbe"] as const).map(
      (probe) => container[probe]?.httpGet.path
    )
    assert.deepStrictEqual(paths, ["/health/live", "/health/live", "/health/ready"])
    for (const path of [...paths, metadata.annotations["prometheus.io/path"]]) {
      assert.include(routes, `"${path}"`)
    }
  })

  it("runs one container without rights, on a file system that is read only", () => {
    assert.lengthOf(pod.containers, 1)
    assert.deepStrictEqual(container.securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] }
    })
    assert.isTrue(pod.securityContext.runAsNonRoot)
    assert.isFalse(pod.automountServiceAccountToken)
    assert.isFalse(pod.enableServiceLinks)
  })

  it("selects the pods that it makes", () => {
    const { labels } = metadata
    const service = manifest("service.yaml").spec
    assert.deepStrictEqual(spec.selector.matchLabels, labels)
    assert.deepStrictEqual(manifest("disruption.yaml").spec.selector.matchLabels, labels)
    assert.deepStrictEqual(service.selector, labels)
    assert.deepStrictEqual(service.ports, [{ name: "http", port: 8080, targetPort: "http" }])
  })
})
