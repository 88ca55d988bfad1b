import { SchemaIssue } from "effect"

import type { Problem } from "./problem.ts"

const read = (issue: { readonly input?: unknown }): string => {
  const value = issue.input
  if (value === undefined || value === null) return "nothing"
  return typeof value === "object" ? (Array.isArray(value) ? "a list" : "an object") : JSON.stringify(value)
}

/** `{ readonly "a": … }` says nothing to who writes YAML. */
const expected = (ast: SchemaIssue.InvalidType["ast"]): string => {
  switch (ast._tag) {
    case "Objects":
      return "an object"
    case "Arrays":
      return "a list"
    default:
      return typeof ast.annotations?.["identifier"] === "string" ? ast.annotations["identifier"] : ast._tag
  }
}

const leaf: SchemaIssue.LeafHook = (issue) => {
  if (issue._tag === "InvalidType") return `expected ${expected(issue.ast)}, read ${read(issue)}`
  if (issue._tag === "UnexpectedKey" && issue.ast._tag === "Objects") {
    const names = issue.ast.propertySignatures.map(({ name }) => String(name))
    return `unknown name, expected one of ${names.join(", ")}`
  }
  return SchemaIssue.defaultLeafHook(issue)
}

const format = SchemaIssue.makeFormatterStandardSchemaV1({ leafHook: leaf })

const pathOf = (path: ReadonlyArray<unknown>): string =>
  path
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`))
    .join("")
    .replace(/^\./, "")

/** What is wrong, for who writes the file: the path of each problem, what was expected, and what was read. */
export const schemaProblems = (issue: SchemaIssue.Issue): ReadonlyArray<Problem> =>
  format(issue).issues.map(({ path, message }) => ({
    path: pathOf((path ?? []).map((part) => (typeof part === "object" ? part.key : part))),
    problem: message
  }))
