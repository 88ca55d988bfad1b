import { readFileSync, writeFileSync } from "node:fs"

import { safeguards } from "./list.ts"
import type { Finding } from "./without.ts"

const page = "docs/simulation.md"
const head = "| without | seed | what the run shows |\n|---|---|---|\n"

/** The most characters of a violation in a row. */
const longest = 120

const cell = (text: string): string =>
  (text.length > longest ? `${text.slice(0, longest).trimEnd()} …` : text).replaceAll("|", "\\|")

/** The finding in the code without one safeguard, as a row of the table. */
export const rowOf = ({ name, seed, violation }: Finding): string =>
  `| ${cell(name)} | ${seed ?? "none"} | ${cell(violation)} |`

const nameOf = (row: string): string => row.slice(2, row.indexOf(" | "))

/** The rows of the table in docs/simulation.md, by the names of their safeguards. */
export const rowsInDocs = (): ReadonlyMap<string, string> => {
  const [, table = ""] = readFileSync(page, "utf8").split(head)
  const [rows = ""] = table.split("\n\n")
  return new Map(
    rows
      .split("\n")
      .filter((row) => row.startsWith("|"))
      .map((row) => [nameOf(row), row])
  )
}

/** Writes the findings to the table in docs/simulation.md, in the order of the list. Removes rows without a safeguard. */
export const writeRows = (findings: ReadonlyArray<Finding>): void => {
  const known = rowsInDocs()
  const found = new Map(findings.map((finding) => [finding.name, rowOf(finding)]))
  const rows = safeguards.flatMap(({ name }) => found.get(name) ?? known.get(name) ?? [])
  const [before = "", table = ""] = readFileSync(page, "utf8").split(head)
  const after = table.slice(table.indexOf("\n\n"))
  writeFileSync(page, `${before}${head}${rows.join("\n")}${after}`)
}
