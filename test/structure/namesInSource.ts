import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

import { parseSync } from "oxc-parser"

interface Node {
  readonly type: string
  readonly [key: string]: unknown
}

/** The names that others read: stored facts, and what operators see in logs, traces and metrics. */
export interface Names {
  readonly facts: ReadonlyArray<string>
  readonly errors: ReadonlyArray<string>
  readonly spans: ReadonlyArray<string>
  readonly metrics: ReadonlyArray<string>
  readonly logs: ReadonlyArray<string>
}

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && typeof (value as Node).type === "string"

const children = (node: Node): ReadonlyArray<Node> => Object.values(node).flat().filter(isNode)

/** A literal as it stands; of a template its fixed parts, with `…` for what varies. */
const textOf = (node: unknown): string | undefined => {
  if (!isNode(node)) return undefined
  if (node.type === "Literal" && typeof node.value === "string") return node.value
  if (node.type !== "TemplateLiteral") return undefined
  return (node.quasis as ReadonlyArray<{ readonly value: { readonly cooked: string } }>)
    .map(({ value }) => value.cooked)
    .join("…")
}

/** `Effect.logError` of `Effect.logError(…)`; `TaggedError` of `Schema.TaggedError<X>()("X")`. */
const calleeOf = (node: Node): string => {
  const { callee } = node
  if (!isNode(callee)) return ""
  if (callee.type === "CallExpression") return calleeOf(callee)
  if (callee.type !== "MemberExpression") return String(callee.name ?? "")
  return `${(callee.object as Node).name}.${(callee.property as Node).name}`
}

const kinds: ReadonlyArray<readonly [keyof Names, RegExp]> = [
  ["facts", /^Schema\.TaggedStruct$/],
  ["errors", /^Schema\.TaggedError$/],
  ["spans", /^(?:traced|spanned|databaseSpan|Effect\.(?:fn|useSpan|withSpan)|Effect\.makeSpan\w*)$/],
  ["metrics", /^(?:Metric\.(?:counter|gauge|histogram)|counter|gauge|count)$/],
  ["logs", /^Effect\.log(?!WithLevel)\w*$/]
]

const collect = (node: Node, into: Record<keyof Names, Set<string>>): void => {
  if (node.type === "CallExpression") {
    const callee = calleeOf(node)
    const text = textOf((node.arguments as ReadonlyArray<unknown>)[0])
    for (const [kind, pattern] of kinds) if (text !== undefined && pattern.test(callee)) into[kind].add(text)
  }
  for (const child of children(node)) collect(child, into)
}

/** Each name once, in order. */
export const namesInSource = (root: string): Names => {
  const found = { facts: new Set<string>(), errors: new Set<string>(), spans: new Set<string>() }
  const into = { ...found, metrics: new Set<string>(), logs: new Set<string>() }
  for (const file of readdirSync(root, { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(".ts")) continue
    const { program } = parseSync(file, readFileSync(join(root, file), "utf8"))
    collect(program as unknown as Node, into)
  }
  const sorted = (set: ReadonlySet<string>) => [...set].toSorted()
  return {
    facts: sorted(into.facts),
    errors: sorted(into.errors),
    spans: sorted(into.spans),
    metrics: sorted(into.metrics),
    logs: sorted(into.logs)
  }
}
