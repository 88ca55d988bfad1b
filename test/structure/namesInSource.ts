import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

import { parseSync } from "oxc-parser"

interface Node {
  readonly type: string
  readonly [key: string]: unknown
}

/** The names that others read: those of stored facts, and those that operators see in logs, traces and metrics. */
export interface Names {
  readonly facts: ReadonlyArray<string>
  readonly errors: ReadonlyArray<string>
  readonly spans: ReadonlyArray<string>
  /** Names of span attributes and log annotations. */
  readonly attributes: ReadonlyArray<string>
  readonly metrics: ReadonlyArray<string>
  readonly logs: ReadonlyArray<string>
}

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && typeof (value as Node).type === "string"

const children = (node: Node): ReadonlyArray<Node> => Object.values(node).flat().filter(isNode)

const nodesIn = (node: Node): ReadonlyArray<Node> => [node, ...children(node).flatMap(nodesIn)]

const nodeOf = (value: unknown): Node => (isNode(value) ? value : { type: "None" })

/** `annotation` of `annotation = { … } as const`. */
const plain = (value: unknown): Node => {
  const node = nodeOf(value)
  return node.type === "TSAsExpression" ? plain(node.expression) : node
}

/** The text of a literal. Of a template or a sum, its fixed parts with `…` between them. */
const textOf = (value: unknown): string | undefined => {
  const node = nodeOf(value)
  if (node.type === "Literal" && typeof node.value === "string") return node.value
  if (node.type === "BinaryExpression" && node.operator === "+") {
    const [left, right] = [textOf(node.left), textOf(node.right)]
    return left === undefined && right === undefined ? undefined : `${left ?? "…"}${right ?? "…"}`
  }
  if (node.type !== "TemplateLiteral") return undefined
  return (node.quasis as ReadonlyArray<{ readonly value: { readonly cooked: string } }>)
    .map(({ value }) => value.cooked)
    .join("…")
}

/** `x` of `x`, of `a.x` and of `{ x: … }`. */
const nameOf = (value: unknown): string => {
  const node = nodeOf(value)
  if (node.type === "Identifier") return String(node.name)
  if (node.type === "MemberExpression") return nameOf(node.property)
  return node.type === "Literal" ? String(node.value) : ""
}

/** `Effect.logError` of `Effect.logError(…)`; `TaggedError` of `Schema.TaggedError<X>()("X")`; `.loop` of `(yield* Rounds).loop(…)`. */
const calleeOf = (node: Node): string => {
  const callee = nodeOf(node.callee)
  if (callee.type === "CallExpression") return calleeOf(callee)
  if (callee.type !== "MemberExpression") return nameOf(callee)
  return `${nameOf(callee.object)}.${nameOf(callee.property)}`
}

/** The values of variables and properties, by their names. */
type Values = ReadonlyMap<string, ReadonlyArray<Node>>

const valuesIn = (program: Node): Values => {
  const values = new Map<string, Array<Node>>()
  const set = (name: string, value: unknown) => values.set(name, [...(values.get(name) ?? []), plain(value)])
  for (const node of nodesIn(program)) {
    if (node.type === "VariableDeclarator") set(nameOf(node.id), node.init)
    if (node.type === "Property") set(nameOf(node.key), node.value)
  }
  return values
}

/** Every text that a message may consist of: its own, and those of the variables and properties in it. */
const textsOf = (value: unknown, values: Values, seen: ReadonlySet<string> = new Set()): ReadonlyArray<string> => {
  const node = plain(value)
  const parts = (...nodes: ReadonlyArray<unknown>) => nodes.flatMap((part) => textsOf(part, values, seen))
  const text = textOf(node)
  const own = text === undefined || text === "" ? [] : [text]
  switch (node.type) {
    case "TemplateLiteral":
      return [...own, ...parts(...(node.expressions as ReadonlyArray<unknown>))]
    case "BinaryExpression":
      return node.operator === "+" ? own : []
    case "ConditionalExpression":
      return parts(node.consequent, node.alternate)
    case "Identifier":
    case "MemberExpression": {
      const name = nameOf(node)
      if (seen.has(name)) return []
      return (values.get(name) ?? []).flatMap((next) => textsOf(next, values, new Set([...seen, name])))
    }
    default:
      return own
  }
}

/** Calls whose first arguments are names, and how many of them. */
const kinds: ReadonlyArray<readonly [kind: keyof Names, callee: RegExp, count: number]> = [
  ["facts", /^Schema\.TaggedStruct$/, 1],
  ["errors", /^Schema\.TaggedError$/, 1],
  ["spans", /^(?:traced|spanned|call|Effect\.(?:fn|useSpan|withSpan)|Effect\.makeSpan\w*)$/, 1],
  ["spans", /^databaseSpan$/, 2],
  ["metrics", /^(?:Metric\.(?:counter|gauge|histogram)|counter|gauge|count)$/, 1]
]

/** Calls whose arguments become log lines: Effect's own, then the functions that log their arguments. */
const messages = [
  /^Effect\.log(?!WithLevel)\w*$/,
  /^(?:retryLogged|makeThrottledWarning|makeStallReporter|makeAvailability|waiting)$/,
  /^(?:queryLoop|checkLoop)$/,
  /\.(?:loop|upkeep|about)$/
]

/** The keys of `annotateLogs({ topic, partition })`, and `id_correlacao` of `annotateLogs("id_correlacao", id)`. */
const annotations = (call: Node): ReadonlyArray<string> =>
  (call.arguments as ReadonlyArray<Node>).flatMap((argument, index) => {
    if (argument.type !== "ObjectExpression") return index === 0 ? (textOf(argument) ?? []) : []
    const properties = argument.properties as ReadonlyArray<Node>
    return properties.flatMap(({ computed, key }) => (key === undefined || computed === true ? [] : nameOf(key)))
  })

/** The file whose objects hold the names of attributes. */
const attributeNames = "telemetry/names.ts"

/** Each name once, in order. */
export const namesInSource = (root: string): Names => {
  const found = { facts: new Set<string>(), errors: new Set<string>(), spans: new Set<string>() }
  const into = { ...found, attributes: new Set<string>(), metrics: new Set<string>(), logs: new Set<string>() }
  const add = (kind: keyof Names, texts: ReadonlyArray<string>) => texts.forEach((text) => into[kind].add(text))
  const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"))
  const programs = files.map((file) => {
    const { program } = parseSync(file, readFileSync(join(root, file), "utf8"))
    return [file, program as unknown as Node] as const
  })
  // No two exports share a name (`exports.test.ts`), so an imported constant is found by its name alone.
  const exported = programs
    .flatMap(([, program]) => nodesIn(program))
    .flatMap(({ declaration, type }) =>
      type === "ExportNamedDeclaration" ? Array.from(valuesIn(nodeOf(declaration))) : []
    )
  for (const [file, program] of programs) {
    const values = new Map([...exported, ...valuesIn(program)])
    const nodes = nodesIn(program)
    for (const node of nodes.filter(({ type }) => type === "CallExpression")) {
      const callee = calleeOf(node)
      const given = node.arguments as ReadonlyArray<unknown>
      for (const [kind, pattern, count] of kinds) {
        if (pattern.test(callee))
          add(
            kind,
            given.slice(0, count).flatMap((argument) => textOf(argument) ?? [])
          )
      }
      if (messages.some((pattern) => pattern.test(callee))) {
        add(
          "logs",
          given.flatMap((argument) => textsOf(argument, values))
        )
      }
      if (callee === "Effect.annotateLogs") add("attributes", annotations(node))
    }
    if (file === attributeNames) {
      const properties = nodes.filter(({ type }) => type === "Property")
      add(
        "attributes",
        properties.flatMap(({ value }) => textOf(value) ?? [])
      )
    }
  }
  const sorted = (set: ReadonlySet<string>) => [...set].toSorted()
  return {
    facts: sorted(into.facts),
    errors: sorted(into.errors),
    spans: sorted(into.spans),
    attributes: sorted(into.attributes),
    metrics: sorted(into.metrics),
    logs: sorted(into.logs)
  }
}
