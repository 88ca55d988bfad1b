import { Data, Effect, Result, Schema, SchemaIssue } from "effect"

/** One problem of an order: the field's path, the value that was read, and what was expected. */
export interface Problem {
  readonly field: string
  readonly value: unknown
  readonly expected: string
}

/** An order to the simulator that cannot be carried out. Nothing of it was carried out. */
export class InvalidOrder extends Data.TaggedError("InvalidOrder")<{ readonly problems: ReadonlyArray<Problem> }> {
  override get message() {
    return this.problems
      .map(({ expected, field, value }) => `${field}: expected ${expected}, got ${JSON.stringify(value)}`)
      .join("; ")
  }
}

const valueAt = (input: unknown, path: ReadonlyArray<PropertyKey>): unknown => {
  let value = input
  for (const key of path) {
    value = typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined
  }
  return value
}

const fieldOf = (path: ReadonlyArray<PropertyKey>) => (path.length === 0 ? "(body)" : path.map(String).join("."))

const format = SchemaIssue.makeFormatterStandardSchemaV1({
  leafHook: (issue) => {
    switch (issue._tag) {
      case "MissingKey":
        return "a value"
      case "UnexpectedKey":
        return "no such field"
      default:
        return SchemaIssue.defaultLeafHook(issue)
    }
  }
})

const problemsOf = (input: unknown, issue: SchemaIssue.Issue): ReadonlyArray<Problem> =>
  format(issue).issues.map(({ message, path = [] }) => {
    const keys = path.map((part) => (typeof part === "object" ? part.key : part))
    return { field: fieldOf(keys), value: valueAt(input, keys) ?? null, expected: message.replace(/^Expected /, "") }
  })

/** Decodes strictly: unknown fields are problems too, and all problems are reported together. */
export const decodeOrder = <S extends Schema.ConstraintDecoder<unknown>>(
  schema: S
): ((input: unknown) => Effect.Effect<S["Type"], InvalidOrder>) => {
  const decode = Schema.decodeUnknownResult(schema, { errors: "all", onExcessProperty: "error" })
  return (input) => {
    const decoded = decode(input)
    return Result.isSuccess(decoded)
      ? Effect.succeed(decoded.success)
      : Effect.fail(new InvalidOrder({ problems: problemsOf(input, decoded.failure.issue) }))
  }
}

/** Reads a JSON body. A body that is not JSON is a problem of the whole body. */
export const parseOrder = (body: string): Effect.Effect<unknown, InvalidOrder> =>
  Effect.try({
    try: (): unknown => JSON.parse(body),
    catch: () =>
      new InvalidOrder({ problems: [{ field: "(body)", value: body.slice(0, 200), expected: "a JSON document" }] })
  })
