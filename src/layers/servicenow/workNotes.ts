/** `2025-09-30 12:30:02 - João Silva (Work notes)`; date, name and label are as the API user sees them. */
const header = /^\d{1,4}[-./]\d{1,2}[-./]\d{1,4}[ T]\d{1,2}[:.]\d{2}.* - .*\(.*\)$/

/** Blank lines and the spaces around lines are the journal's layout as often as a note's own. */
const linesOf = (text: string): ReadonlyArray<string> =>
  text
    .split(/\r\n?|\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "")

/**
 * How many entries of the journal (read with `sysparm_display_value=true`) are this very note (SPEC 6.2); in one without
 * readable headers, how often it has the note's lines. 0 for a blank note. The note is compared line by line, not the journal cut at its
 * headers: a customer's text may look like one.
 */
export const timesWritten = (journal: string, note: string): number => {
  const lines = linesOf(journal)
  const wanted = linesOf(note)
  if (wanted.length === 0) return 0
  const isHeader = (at: number) => header.test(lines[at] ?? "")
  const headed = lines.some((_, at) => isHeader(at))
  const isEntry = (from: number, to: number) => !headed || (isHeader(from - 1) && (to === lines.length || isHeader(to)))
  let times = 0
  for (let at = 0; at < lines.length; at++) {
    const end = at + wanted.length
    if (!wanted.every((line, offset) => lines[at + offset] === line) || !isEntry(at, end)) continue
    times += 1
    at = end - 1
  }
  return times
}
