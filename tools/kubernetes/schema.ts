import { readFileSync, writeFileSync } from "node:fs"

/**
 * Makes tools/kubernetes/schema.json from Kubernetes' own OpenAPI document: the fields that the kinds of
 * deploy/kubernetes may have.
 *
 *   go mod download -json k8s.io/kubernetes@v1.34.4     # "Dir" is where it is
 *   npm run kubernetes:schema -- v1.34.4 DIR/api/openapi-spec/swagger.json
 */
interface Schema {
  readonly [key: string]: unknown
  readonly properties?: Readonly<Record<string, Schema>>
}

const kinds = {
  "apps/v1 Deployment": "io.k8s.api.apps.v1.Deployment",
  "policy/v1 PodDisruptionBudget": "io.k8s.api.policy.v1.PodDisruptionBudget",
  "v1 ConfigMap": "io.k8s.api.core.v1.ConfigMap",
  "v1 Secret": "io.k8s.api.core.v1.Secret",
  "v1 Service": "io.k8s.api.core.v1.Service"
}

const [release = "", path = ""] = process.argv.slice(2)
const { definitions }: { readonly definitions: Readonly<Record<string, Schema>> } = JSON.parse(
  readFileSync(path, "utf8")
)

const isDropped = (key: string) => key === "description" || key === "default" || key.startsWith("x-kubernetes-")

/** The schema without its prose. An object accepts only the properties that it names. */
const strict = (schema: Schema): Schema => {
  if (schema.format === "int-or-string") return { type: ["integer", "string"] }
  const entries = Object.entries(schema).filter(([key]) => !isDropped(key))
  const inner = Object.fromEntries(
    entries.map(([key, value]) => {
      if (key === "properties") {
        return [
          key,
          Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, one]) => [name, strict(one)]))
        ]
      }
      return [key, typeof value === "object" && !Array.isArray(value) ? strict(value as Schema) : value]
    })
  )
  return schema.properties === undefined ? inner : { ...inner, additionalProperties: false }
}

const referred = (schema: unknown): ReadonlyArray<string> =>
  [...JSON.stringify(schema).matchAll(/"#\/definitions\/([^"]+)"/g)].map(([, name = ""]) => name)

const reached = new Map<string, Schema>()
const reach = (name: string): void => {
  const schema = definitions[name]
  if (reached.has(name) || schema === undefined) return
  reached.set(name, strict(schema))
  referred(reached.get(name)).forEach(reach)
}
Object.values(kinds).forEach(reach)

const sorted = Object.fromEntries([...reached].toSorted(([one], [other]) => (one < other ? -1 : 1)))
writeFileSync(
  "tools/kubernetes/schema.json",
  `{\n"release": ${JSON.stringify(release)},\n"kinds": ${JSON.stringify(kinds)},\n"definitions": {\n${Object.entries(
    sorted
  )
    .map(([name, schema]) => `${JSON.stringify(name)}: ${JSON.stringify(schema)}`)
    .join(",\n")}\n}\n}\n`
)
