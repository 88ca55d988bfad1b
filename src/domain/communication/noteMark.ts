/** Escaped brackets, and the ampersand of an entity that was escaped once more. */
const escapes: Readonly<Record<string, string>> = { "&lt;": "<", "&gt;": ">", "&amp;": "&" }

/** How often a text may have been escaped. */
const escapings = 3

const unescaped = (text: string): string => {
  let plain = text
  for (let time = 0; time < escapings && plain.includes("&"); time++) {
    plain = plain.replaceAll(/&(?:lt|gt|amp);/gi, (escape) => escapes[escape.toLowerCase()] ?? "")
  }
  return plain
}

/** An entity, a tag that may have lost its end, or a mark of ServiceNow around HTML. */
const markup = /&(?:[a-z][a-z0-9]*|#\d+|#x[0-9a-f]+);|<[a-z/!?][^<>]*(?:>|$)|\[\/?code\]/gi

/** Elements that a sanitiser may drop with what is in them. */
const elements = /<(script|style|iframe|object)\b[^>]*>.*?(?:<\/\1\s*>|$)/gis

const charactersOf = (text: string): string => text.normalize("NFC").replaceAll(/[^A-Za-z0-9]/g, "")

const withoutMarkup = (text: string): string => charactersOf(text.replaceAll(markup, ""))

/**
 * What is left of a note in every instance: its ASCII letters and digits. An instance may change everything else: accents
 * and emoji, HTML, white space and line ends (SPEC 6.2). Notes with an equal mark count as one text.
 */
export const noteMark = (note: string): string => withoutMarkup(unescaped(note))

/** The marks that a text may have: its HTML dropped, dropped with what is in it, or kept. */
const marksOf = (text: string): ReadonlyArray<string> => {
  const plain = unescaped(text)
  return [...new Set([withoutMarkup(plain), withoutMarkup(plain.replaceAll(elements, "")), charactersOf(plain)])]
}

/** Length from which a mark is recognized although the instance has cut its end off. No two notes begin alike for so long. */
const recognizedFrom = 100

const isSame = (note: string, found: string): boolean =>
  note === found || (found.length >= recognizedFrom && note.startsWith(found))

/** Matches `2025-09-30 12:30:02 - João Silva (Work notes)`. Date, name and label are as the API user sees them. */
const header = /^\s*\d{1,4}[-./]\d{1,2}[-./]\d{1,4}[ T]\d{1,2}[:.]\d{2}.* - .*\(.*\)\s*$/

/**
 * Counts the entries of the journal (read with `sysparm_display_value=true`) that are this note, whatever the instance has
 * made of its text (SPEC 6.2). In a journal without readable headers, counts how often the note's lines occur. Returns 0
 * for a note without a mark. Does not simply split the journal at its headers, because a customer's text may look like one.
 */
export const countNoteEntries = (journal: string, note: string): number => {
  const marks = marksOf(note)
  const longest = Math.max(...marks.map(({ length }) => length))
  if (noteMark(note) === "") return 0
  const lines = journal.split(/\r\n?|\n/)
  const headers = lines.flatMap((line, at) => (header.test(line) ? [at] : []))
  const every = [...lines.keys()]
  const starts = headers.length === 0 ? every : headers.map((at) => at + 1)
  const ends = [...(headers.length === 0 ? every : headers), lines.length]
  /** Where the entry that begins here ends, if it is the note. */
  const endOf = (start: number): number | undefined => {
    for (const end of ends) {
      if (end <= start) continue
      const found = marksOf(lines.slice(start, end).join("\n"))
      if (found.some((one) => one !== "" && marks.some((mark) => isSame(mark, one)))) return end
      if (found.every(({ length }) => length > longest)) return undefined
    }
    return undefined
  }
  let count = 0
  let after = 0
  for (const start of starts) {
    const end = start < after ? undefined : endOf(start)
    if (end === undefined) continue
    count += 1
    after = end
  }
  return count
}
