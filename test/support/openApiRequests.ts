import * as fc from "fast-check"

/** The part of JSON Schema that `/openapi.json` uses. */
interface JsonSchema {
  readonly $ref?: string
  readonly type?: string
  readonly enum?: ReadonlyArray<unknown>
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: ReadonlyArray<string>
  readonly items?: JsonSchema
  readonly anyOf?: ReadonlyArray<JsonSchema>
  readonly oneOf?: ReadonlyArray<JsonSchema>
  readonly allOf?: ReadonlyArray<JsonSchema>
}

interface Parameter {
  readonly name: string
  readonly in: string
  readonly schema: JsonSchema
}

interface Endpoint {
  readonly parameters?: ReadonlyArray<Parameter>
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: JsonSchema }>> }
  readonly responses: Readonly<Record<string, unknown>>
}

/** The parts of `/openapi.json` that are used here. */
export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Endpoint>>>>
  readonly components?: { readonly schemas?: Readonly<Record<string, JsonSchema>> }
}

/** One request of a route in the contract. Its body is text, and its answer has one of `statuses`. */
export interface AnyRequest {
  readonly method: string
  readonly path: string
  readonly body?: string
  readonly statuses: ReadonlyArray<number>
}

/** Texts that break a careless program, in a URL, in JSON, in SQL or in Kafka. */
const nastyTexts = [
  ["", " ", ".", "..", "%", "%ff", "%00", "\0", "a\0b", "a/b", "/", "?", "#", "&", "\\", "\u001B[2J", "\u202E"],
  ["\uD800", "a\uDFFFb", "😀", "é", "'; DROP TABLE x; --", "$1", "{{x}}", "__proto__", "null", "undefined", "NaN"],
  ["0", "-1", "1e400", "999999999999999999999", "24h", "999999d", "0s", "1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z"],
  ["joao@example.com", "+5511999999999", "11999999999", "529.982.247-25", "x".repeat(501), "é".repeat(400)],
  [
    "comunicacaoTransacional.dlq/0/0",
    "comunicacaoTransacional.dlq%2F0%2F0",
    "x/0/99999999999999999999",
    "in",
    "inbound"
  ],
  ["eyJhdCI6MSwiaWQiOiJ4In0", "e30", "W10", "bnVsbA"]
].flat()

const anyText = fc.oneof(fc.constantFrom(...nastyTexts), fc.string({ unit: "binary", maxLength: 30 }))
const anyJson = fc.oneof(fc.jsonValue({ maxDepth: 2 }), anyText)

/** Mostly values of the schema, with any content in texts, and sometimes a value of another type. */
const valuesOf = (schema: JsonSchema, api: OpenApi, texts: fc.Arbitrary<string>): fc.Arbitrary<unknown> => {
  const of = (one: JsonSchema) => valuesOf(one, api, texts)
  const { $ref } = schema
  if ($ref !== undefined) {
    const named = api.components?.schemas?.[$ref.slice($ref.lastIndexOf("/") + 1)]
    return named === undefined ? anyJson : of(named)
  }
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  const choices = schema.anyOf ?? schema.oneOf
  if (choices !== undefined) return fc.oneof(...choices.map(of))
  switch (schema.type) {
    case "object": {
      const properties = Object.entries(schema.properties ?? {})
      const model = Object.fromEntries(
        properties.map(([name, one]) => [
          name,
          fc.oneof({ weight: 12, arbitrary: of(one) }, { weight: 1, arbitrary: anyJson })
        ])
      )
      return fc.record(model, { requiredKeys: (schema.required ?? []).filter((name) => name in model) })
    }
    case "array":
      return fc.array(of(schema.items ?? {}), { maxLength: 4 })
    case "string":
      return texts
    case "integer":
      return fc.oneof(fc.integer({ min: 1, max: 200 }), fc.maxSafeInteger())
    case "number":
      return fc.double()
    case "boolean":
      return fc.boolean()
    default:
      return anyJson
  }
}

const encoded = (text: string): string => encodeURIComponent(text.toWellFormed())

const querysOf = (parameters: ReadonlyArray<Parameter>, api: OpenApi, texts: fc.Arbitrary<string>) =>
  fc
    .record(
      Object.fromEntries(
        parameters.map(({ name, schema }) => [
          name,
          fc.oneof(valuesOf(schema, api, texts), fc.array(texts, { maxLength: 3 }))
        ])
      ),
      { requiredKeys: [] }
    )
    .map((values) =>
      Object.entries(values)
        .flatMap(([name, value]) => [value].flat().map((one) => `${name}=${encoded(String(one))}`))
        .join("&")
    )

/** Requests of every route, well formed and malformed. `names` are texts that lead to something that exists. */
export const anyRequests = (api: OpenApi, names: ReadonlyArray<string>): fc.Arbitrary<AnyRequest> => {
  const texts = fc.oneof(anyText, fc.constantFrom(...names))
  const all = Object.entries(api.paths).flatMap(([template, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], requestBody, responses }]) => {
      const inPath = parameters.filter((one) => one.in === "path")
      const inQuery = parameters.filter((one) => one.in === "query")
      const schema = requestBody?.content["application/json"]?.schema
      const bodies =
        schema === undefined
          ? fc.constant(undefined)
          : fc.oneof(
              { weight: 9, arbitrary: valuesOf(schema, api, texts).map((value) => JSON.stringify(value)) },
              {
                weight: 1,
                arbitrary: fc.oneof(
                  anyJson.map((value) => JSON.stringify(value)),
                  anyText
                )
              }
            )
      return fc
        .record({
          params: fc.record(
            Object.fromEntries(
              inPath.map(({ name, schema: one }) => [name, fc.oneof(valuesOf(one, api, texts), texts)])
            )
          ),
          query: querysOf(inQuery, api, texts),
          body: bodies
        })
        .map(({ body, params, query }): AnyRequest => {
          const path = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => encoded(String(params[name])))
          const request = {
            method: method.toUpperCase(),
            path: query === "" ? path : `${path}?${query}`,
            statuses: Object.keys(responses).map(Number)
          }
          return body === undefined ? request : Object.assign(request, { body })
        })
    })
  )
  return fc.oneof(...all)
}
