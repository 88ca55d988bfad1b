import { parseSync } from "oxc-parser"

import { sqlChanges } from "./sqlChanges.ts"

/** One change to one place of a file. */
export interface Mutant {
  readonly file: string
  readonly line: number
  /** The line's text, trimmed. */
  readonly text: string
  /** `condition → true`, for the report and for `argued.json`. */
  readonly change: string
  /** The whole file with the change. */
  readonly source: string
}

type Node = { readonly type: string; readonly start: number; readonly end: number; readonly [key: string]: unknown }
/** `shown` is where a reader finds the change, if not at the start. */
type Change = readonly [at: Node, change: string, replacement: string, shown?: Node]

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && typeof (value as Node).type === "string"

const children = (node: Node): ReadonlyArray<Node> => Object.values(node).flat().filter(isNode)

const isType = ({ type }: Node) => type.startsWith("TS") && !/^TS(As|Satisfies|NonNull)Expression$/.test(type)

const plain = (node: Node): Node =>
  node.type === "ParenthesizedExpression" && isNode(node.expression) ? plain(node.expression) : node

const borders: Readonly<Record<string, string>> = { "<": "<=", "<=": "<", ">": ">=", ">=": ">" }
const negations: Readonly<Record<string, string>> = { "===": "!==", "!==": "===" }
const connectives: Readonly<Record<string, string>> = { "&&": "||", "||": "&&" }

/** Calls that only write telemetry, which no promise is about. */
const telemetry = /^(yield\* )?(annotated|Effect\.(log|annotate)\w*|\w+\.set|count[A-Z]\w*)\(/

/** The condition of a statement, or an operand. Negating it shows no more than removing it. */
const isPart = (node: Node, parent: Node) =>
  parent.type === "LogicalExpression" || (isNode(parent.test) && plain(parent.test) === node)

const shortened = (text: string): string => {
  const line = text.replaceAll(/\s+/g, " ")
  return line.length > 60 ? `${line.slice(0, 59)}…` : line
}

/** The possible changes at this node. `above` are its parents, the nearest first. */
const changesAt = (node: Node, above: ReadonlyArray<Node>, source: string): ReadonlyArray<Change> => {
  const text = (at: Node) => source.slice(at.start, at.end)
  const parent = above.find(({ type }) => type !== "ParenthesizedExpression") ?? node
  const operator = typeof node.operator === "string" ? node.operator : ""
  const forced = (value: string): Change => {
    const test = node.test as Node
    return [test, `${shortened(text(test))} → ${value}`, value]
  }
  const inverted = (to: string | undefined): ReadonlyArray<Change> => {
    if (to === undefined) return []
    const [left, right] = [node.left as Node, node.right as Node]
    return [[node, `${shortened(text(node))}: ${operator} → ${to}`, `${text(left)} ${to} ${text(right)}`]]
  }
  switch (node.type) {
    case "IfStatement":
    case "ConditionalExpression":
      return [forced("true"), forced("false")]
    case "WhileStatement":
      return [forced("false")]
    case "BinaryExpression":
      return inverted(borders[operator] ?? (isPart(node, parent) ? undefined : negations[operator]))
    case "UnaryExpression": {
      const argument = node.argument as Node
      return operator === "!" && !isPart(node, parent)
        ? [[node, `${shortened(text(node))}: negated`, text(argument)]]
        : []
    }
    case "LogicalExpression": {
      if (connectives[operator] === undefined) return []
      const [left, right] = [node.left as Node, node.right as Node]
      const isFirst = plain(left).operator !== operator
      const without = (operand: Node, rest: Node): Change => [
        node,
        `without ${shortened(text(operand))}`,
        text(rest),
        operand
      ]
      if (parent.type === "SpreadElement")
        return [[node, `...${shortened(text(node))}: removed`, "false"], without(left, right)]
      return [...(isFirst ? [...inverted(connectives[operator]), without(left, right)] : []), without(right, left)]
    }
    case "ExpressionStatement": {
      const { type, delegate } = node.expression as Node
      const isEffect = /^(Call|Assignment)Expression$/.test(type) || (type === "YieldExpression" && delegate === true)
      return isEffect && !telemetry.test(text(node)) ? [[node, `removed ${shortened(text(node))}`, ";"]] : []
    }
    case "ReturnStatement": {
      // A statement alone under its condition is already removed by the mutant whose condition is never true.
      const [block, owner] = above
      const isEarly = block?.type === "BlockStatement" && /^(If|For|While|ForOf)Statement$/.test(owner?.type ?? "")
      const isAlone = (block?.body as ReadonlyArray<Node> | undefined)?.length === 1
      return isEarly && !isAlone
        ? [[node, `${shortened(text(node))}: no return`, text(node).replace(/^return ?/, ";")]]
        : []
    }
    case "Literal":
    case "TemplateLiteral":
      return sqlChanges(text(node)).map(({ change, end, replacement, start }) => [
        { type: "Sql", start: node.start + start, end: node.start + end },
        change,
        replacement
      ])
    default:
      return []
  }
}

/** Every mutant of a file of TypeScript, in the order of the text. */
export const mutantsOf = (file: string, source: string): ReadonlyArray<Mutant> => {
  const changes: Array<Change> = []
  const visit = (node: Node, above: ReadonlyArray<Node>): void => {
    if (isType(node)) return
    changes.push(...changesAt(node, above, source))
    for (const child of children(node)) visit(child, [node, ...above])
  }
  visit(parseSync(file, source).program as unknown as Node, [])
  const lines = source.split("\n")
  return changes
    .map(([{ end, start }, change, replacement, shown]) => {
      const line = source.slice(0, shown?.start ?? start).split("\n").length
      const text = lines[line - 1]?.trim() ?? ""
      return { file, line, text, change, source: source.slice(0, start) + replacement + source.slice(end) }
    })
    .toSorted((a, b) => a.line - b.line)
}
