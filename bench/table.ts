export type Row = ReadonlyArray<string>

/** A Markdown table. */
export const table = (head: Row, rows: ReadonlyArray<Row>): string =>
  [head, head.map((_, at) => (at === 0 ? "---" : "---:")), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n")

/** A figure, or a dash if there is none. */
export const digits = (value: number, many = 0): string => (Number.isFinite(value) ? value.toFixed(many) : "–")
