/** `2025-09-30 12:30:02 - João Silva (Work notes)`; date, name and label are as the API user sees them. */
const header = /^\d{1,4}[-./]\d{1,2}[-./]\d{1,4}[ T]\d{1,2}[:.]\d{2}.* - .*\(.*\)$/

const plain = (text: string) => text.replaceAll("\r\n", "\n")

/** The entries of a journal field read with `sysparm_display_value=true`, newest first as they came; `undefined` when it has no headers. */
const entriesOf = (journal: string): ReadonlyArray<string> | undefined => {
  const entries: Array<Array<string>> = []
  for (const line of plain(journal).split("\n")) {
    if (header.test(line.trim())) entries.push([])
    else entries.at(-1)?.push(line)
  }
  return entries.length === 0 ? undefined : entries.map((lines) => lines.join("\n").trim())
}

/** True when the journal has an entry that is this very note (SPEC 6.2); without readable headers, when it has its lines. */
export const hasNote = (journal: string, note: string): boolean => {
  const text = plain(note).trim()
  const entries = entriesOf(journal)
  return entries === undefined ? `\n${plain(journal)}\n`.includes(`\n${text}\n`) : entries.includes(text)
}
