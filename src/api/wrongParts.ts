import { SchemaIssue } from "effect"

const formatIssues = SchemaIssue.makeFormatterStandardSchemaV1()

/** Every parameter or field that is wrong, by its name, in one line. */
export const wrongParts = (issue: SchemaIssue.Issue): string =>
  formatIssues(issue)
    .issues.map(({ message, path = [] }) => {
      const name = path.map((key) => String(typeof key === "object" ? key.key : key)).join(".")
      return `${name === "" ? "the body" : name}: ${message}`
    })
    .join("; ")
