import { Angles, KeptCharacters, type Keeping, keepings, plainNote } from "./keptCharacters.ts"

const keptOf = (plain: string, keeping: Keeping): string => {
  const codes: Array<number> = []
  new KeptCharacters(plain, new Angles(plain), 0, keeping, (code) => codes.push(code)).readTo(plain.length)
  return codes.map((code) => String.fromCharCode(code)).join("")
}

/**
 * What is left of a note in every instance: its ASCII letters and digits. An instance may change everything else:
 * accents and emoji, HTML, white space and line ends (SPEC 6.2). Notes with an equal mark count as one text.
 */
export const noteMark = (note: string): string => keptOf(plainNote(note), "text")

/** The marks that a text may have: with its HTML dropped, dropped with its content, or kept. */
const marksOf = (text: string): ReadonlyArray<string> => {
  const plain = plainNote(text)
  return [...new Set(keepings.map((keeping) => keptOf(plain, keeping)))]
}

/**
 * Length from which a mark is recognized although the instance has cut its end off. No two notes share so long a
 * beginning.
 */
const recognizedFrom = 100

/**
 * Begins a header such as `2025-09-30 12:30:02 - João Silva (Work notes)`. Date, name and label are as the API user
 * sees them.
 */
const headerTime = /^\s*\d{1,4}[-./]\d{1,2}[-./]\d{1,4}[ T]\d{1,2}[:.]\d{2}/

const isHeader = (line: string): boolean => {
  const time = headerTime.exec(line)?.[0]
  if (time === undefined) return false
  const rest = line.slice(time.length).trimEnd()
  const dash = rest.indexOf(" - ")
  return dash !== -1 && rest.endsWith(")") && rest.lastIndexOf("(") >= dash + 3
}

/**
 * Characters that an instance may make of one character of a note, with tags and entities, and those that it may add to
 * the whole.
 */
const [growth, decoration] = [8, 512]

/** Compares what is kept of a part of the journal with the marks of a note, one character after the other. */
class Comparison {
  #marks: ReadonlyArray<string>
  #length = 0

  constructor(marks: ReadonlyArray<string>) {
    this.#marks = marks
  }

  readonly take = (code: number): void => {
    const at = this.#length
    this.#length += 1
    if (this.#marks.length > 0) this.#marks = this.#marks.filter((mark) => mark.charCodeAt(at) === code)
  }

  /** True while further characters can still make it the note. */
  get isOpen(): boolean {
    return this.#marks.length > 0
  }

  /** True while nothing was taken. */
  get isEmpty(): boolean {
    return this.#length === 0
  }

  /** True if the characters that were taken are the note, or a long enough beginning of it. */
  get isNote(): boolean {
    const length = this.#length
    return length > 0 && this.#marks.some((mark) => mark.length === length || length >= recognizedFrom)
  }
}

interface Search {
  /** How many entries are the note. */
  readonly count: number
  /** How many steps the readers took. */
  readonly steps: number
}

/**
 * Counts the entries of the journal (read with `sysparm_display_value=true`) that are this note, whatever the instance
 * has made of its text (SPEC 6.2). In a journal without readable headers, counts how often the note's lines occur.
 * Returns 0 for a note without a mark. Does not simply split the journal at its headers, because a customer's text may
 * look like one. The steps grow with the journal's length and with nothing else.
 */
export const searchEntries = (journal: string, note: string): Search => {
  const marks = marksOf(note)
  if (noteMark(note) === "") return { count: 0, steps: 0 }
  const plain = plainNote(journal).replaceAll("\r\n", "\n").replaceAll("\r", "\n")
  const angles = new Angles(plain)
  const lines = plain.split("\n")
  let offset = 0
  const begins = lines.map((line) => {
    const begin = offset
    offset += line.length + 1
    return begin
  })
  const headers = [...lines.keys()].filter((at) => isHeader(lines[at] ?? ""))
  const every = [...lines.keys()].filter((at) => /[A-Za-z0-9]/.test(lines[at] ?? ""))
  const starts = headers.length === 0 ? every : headers.map((at) => at + 1)
  const ends = [...(headers.length === 0 ? every : headers), lines.length]
  const beginOf = (line: number): number => Math.min(begins[line] ?? plain.length, plain.length)
  const reach = growth * note.length + decoration
  let steps = 0

  /** True if a line gave nothing, so that the search from the next line finds all that follows. */
  const isFromNext = (index: number, kept: KeptCharacters): boolean =>
    headers.length === 0 && kept.isThrough(beginOf(ends[index - 1] ?? 0))

  /**
   * Where the entry that begins with this line ends, if it is the note. `from`: the first of `ends` that may be that
   * end.
   */
  const endOf = (start: number, from: number): number | undefined => {
    const begin = beginOf(start)
    const readings = keepings.map((keeping) => {
      const comparison = new Comparison(marks)
      return { comparison, kept: new KeptCharacters(plain, angles, begin, keeping, comparison.take) }
    })
    for (let index = from; index < ends.length; index++) {
      const end = ends[index] ?? lines.length
      const open = readings.filter(
        ({ comparison, kept }) => comparison.isOpen && !(index > from && comparison.isEmpty && isFromNext(index, kept))
      )
      if (open.length === 0 || beginOf(end) - begin > reach) return undefined
      for (const { kept } of open) steps += kept.readTo(beginOf(end))
      if (open.some(({ comparison }) => comparison.isNote)) return end
    }
    return undefined
  }

  let count = 0
  let after = 0
  let from = 0
  for (const start of starts) {
    while (from < ends.length && (ends[from] ?? 0) <= start) from += 1
    const end = start < after ? undefined : endOf(start, from)
    if (end === undefined) continue
    count += 1
    after = end
  }
  return { count, steps }
}

/** How many entries of the journal are this note (`searchEntries`). */
export const countNoteEntries = (journal: string, note: string): number => searchEntries(journal, note).count
