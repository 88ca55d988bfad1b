import { groups, type Described } from "./groups.ts"
import { readVariables, type Variable } from "./readVariables.ts"

const head = `# Configuration

<!-- Written by \`npm run docs:configuration\` from the settings' own reader (\`src/layers/settings\`) and \`tools/configuration/groups.ts\`. -->

The service reads its settings from the environment, once, at the start.

- \`npm start\` and \`npm run ctx\` also read the file \`.env\` of the working directory.
  The environment wins over the file.
- An empty variable counts as missing.
- A wrong or missing variable stops the start with exit code 1.
  All of them are reported at once, one line each, with the value that was read and the value that was expected.
  Secrets are not shown.
- A variable whose name is nearly one of these (\`RETRY_ATTEMPS\`) is a warning.
  So is a value that is legal and probably not intended, such as an \`http://\` URL of a vendor.
- A duration is a text with its unit: \`15 seconds\`, \`500 millis\`, \`10 minutes\`.
- A secret can be in a file instead: append \`_FILE\` to the name of its variable, such as \`WENI_API_KEY_FILE\`, and give the path.
  A newline at the end of the file does not count.
  Setting both variables, or naming a file that is missing or empty, stops the start.
- A change takes effect after a restart.

Required everywhere: KNOWN_REQUIRED, and one way to log in to ServiceNow.
`

/**
 * The row of a variable: three variables share `OTEL_EXPORTER_OTLP_{SIGNAL}_HEADERS`, and both cases of a proxy's name
 * share one.
 */
const rowOf = (name: string): string =>
  name.toUpperCase().replace(/_(?:TRACES|METRICS|LOGS)(?=_)(?!_SAMPLER)/, "_{SIGNAL}")

const escaped = (text: string): string => text.replaceAll("|", "\\|")

const valueOf = ({ expected, isSecret }: Pick<Variable, "expected" | "isSecret">): string => {
  const format = expected.startsWith("a duration") ? "duration" : expected
  return isSecret ? `secret; ${format}` : format
}

const code = (text: string): string => `\`${escaped(text)}\``

const defaultOf = (variable: Variable, described: Described): string => {
  if (variable.isRequired) return "**required**"
  if (described.fallback !== undefined) return described.fallback
  return variable.fallback === undefined ? "none" : code(variable.fallback)
}

/** The mismatches: a variable without a description, or a description of a variable that is not read. */
const mismatches = (variables: ReadonlyMap<string, Variable>): ReadonlyArray<string> => {
  const described = groups.flatMap(({ variables: rows }) => Object.entries(rows))
  const names = new Set(described.map(([name]) => name))
  const isRead = (name: string, { elsewhere }: Described) => variables.has(name) || elsewhere !== undefined
  return [
    ...[...variables.keys()].filter((name) => !names.has(name)).map((name) => `${name} has no description`),
    ...described.filter(([name, row]) => !isRead(name, row)).map(([name]) => `${name} is not read`)
  ]
}

/** The text of docs/configuration.md. Fails if a variable has no description, or a description no variable. */
export const configurationPage = (): string => {
  const variables = new Map(readVariables().map((variable) => [rowOf(variable.name), variable]))
  const wrong = mismatches(variables)
  if (wrong.length > 0) throw new Error(`tools/configuration/groups.ts: ${wrong.join("; ")}`)
  const required = [...variables].filter(([, { isRequired }]) => isRequired).map(([name]) => code(name))
  const row = ([name, described]: readonly [string, Described]): string => {
    const read = variables.get(name)
    const format = read === undefined ? (described.elsewhere ?? "") : valueOf(read)
    const fallback = read === undefined ? (described.fallback ?? "none") : defaultOf(read, described)
    return `| ${code(name)} | ${escaped(format)} | ${fallback} | ${escaped(described.text)} |`
  }
  const sections = groups.map(({ note, title, variables: rows }) =>
    [
      `## ${title}`,
      "",
      ...(note === undefined ? [] : [note, ""]),
      "| variable | value | default | what it does |",
      "|---|---|---|---|",
      ...Object.entries(rows).map(row)
    ].join("\n")
  )
  return `${head.replace("KNOWN_REQUIRED", required.join(", "))}\n${sections.join("\n\n")}\n`
}
