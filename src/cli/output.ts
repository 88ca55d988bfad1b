import { Console } from "effect"

import { formatDateTime, saoPaulo } from "../domain/values/localTime.ts"
import { printable, printableJson, printableLines } from "../telemetry/printable.ts"

/**
 * Prints the result on stdout, as JSON or as lines for people. Escapes characters that a terminal would interpret, and
 * cuts long lines (SPEC 9.9).
 */
export const print = (asJson: boolean, value: unknown, lines: ReadonlyArray<string>) =>
  Console.log(asJson ? printableJson(JSON.stringify(value, null, 2)) : lines.map((line) => printable(line)).join("\n"))

/** Prints progress and problems on stderr, line by line, escaped as by `print`. */
export const note = (text: string) => Console.error(printableLines(text))

/** Formats a time for people, in local time. */
export const localTime = (ms: number): string => formatDateTime(ms, saoPaulo)

/** Characters of a cell that are shown. */
const longestCell = 500

/** Formats rows so that each column is as wide as its widest cell. */
export const table = (cells: ReadonlyArray<ReadonlyArray<string>>, indent = ""): ReadonlyArray<string> => {
  const rows = cells.map((row) => row.map((cell) => printable(cell, longestCell)))
  const widths = rows.reduce<ReadonlyArray<number>>(
    (known, row) => row.map((cell, column) => Math.max(known[column] ?? 0, cell.length)),
    []
  )
  return rows.map((row) =>
    `${indent}${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd()
  )
}
