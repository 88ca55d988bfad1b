/** Escaped brackets, and the ampersand of an entity that was escaped once more. */
const escapes: Readonly<Record<string, string>> = { "&lt;": "<", "&gt;": ">", "&amp;": "&" }

/** How often a text may have been escaped. */
const escapings = 3

/** The text as it was before an instance escaped its brackets. Each accent is one character with its letter. */
export const plainNote = (text: string): string => {
  let plain = text
  for (let time = 0; time < escapings && plain.includes("&"); time++) {
    plain = plain.replaceAll(/&(?:lt|gt|amp);/gi, (escape) => escapes[escape.toLowerCase()] ?? "")
  }
  return plain.normalize("NFC")
}

/**
 * What an instance keeps of a text: everything, all but markup, or all but markup and the content of scripts and
 * styles.
 */
export const keepings = ["all", "text", "outside elements"] as const
export type Keeping = (typeof keepings)[number]

/** Begins an entity or a mark of ServiceNow around HTML, from `lastIndex` on. */
const piece = /&(?:[a-z][a-z0-9]{0,31}|#\d{1,7}|#x[0-9a-f]{1,6});|\[\/?code\]/iy

/** Begins an element that a sanitiser may drop with its content. */
const element = /<(script|style|iframe|object)\b/iy

const matchAt = (pattern: RegExp, text: string, at: number): RegExpExecArray | null => {
  pattern.lastIndex = at
  return pattern.exec(text)
}

const isKept = (code: number): boolean =>
  (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122)

/** True if a tag may begin with these two characters. */
const beginsTag = (text: string, at: number): boolean => text[at] === "<" && /[a-z/!?]/i.test(text[at + 1] ?? "")

/**
 * Reads the ASCII letters and digits that an instance keeps of a part of a text, from its start to one end after
 * another. A tag that the end cuts is not yet read, and is read again with a later end. Each character is therefore
 * read twice at most.
 */
export class KeptCharacters {
  readonly #text: string
  readonly #keeping: Keeping
  readonly #angles: Angles
  readonly #take: (code: number) => void
  #at: number
  /** The element that is being left out. */
  #element: string | undefined

  constructor(text: string, angles: Angles, start: number, keeping: Keeping, take: (code: number) => void) {
    this.#text = text
    this.#angles = angles
    this.#at = start
    this.#keeping = keeping
    this.#take = take
  }

  /** Takes what is kept up to this end, one character after the other. Returns how many steps that took. */
  readTo(end: number): number {
    let steps = 1
    for (; this.#at < end; steps++) {
      const next = this.#element === undefined ? this.#outside(end) : this.#inside(this.#element)
      if (next === undefined) return steps
      this.#at = next
    }
    return steps
  }

  /**
   * True if everything before this index was read and no element is open, so a reader that starts here reads the same.
   */
  isThrough(index: number): boolean {
    return this.#at === index && this.#element === undefined
  }

  /** The index after the character, tag or entity that begins here, or `undefined` if the end cuts it. */
  #outside(end: number): number | undefined {
    const at = this.#at
    const code = this.#text.charCodeAt(at)
    if (isKept(code)) this.#take(code)
    if (this.#keeping === "all") return at + 1
    if (code === 60 && beginsTag(this.#text, at)) return this.#afterTag(end)
    const found = code === 38 || code === 91 ? matchAt(piece, this.#text, at) : null
    return found !== null && at + found[0].length <= end ? at + found[0].length : at + 1
  }

  #afterTag(end: number): number | undefined {
    const opened = this.#keeping === "outside elements" ? matchAt(element, this.#text, this.#at) : null
    if (opened !== null && this.#angles.closingAfter(this.#at) < end) {
      this.#element = opened[1]?.toLowerCase()
      return this.#at + opened[0].length
    }
    const angle = this.#angles.after(this.#at)
    if (angle >= end) return undefined
    return this.#text[angle] === ">" ? angle + 1 : this.#at + 1
  }

  #inside(name: string): number {
    const at = this.#at
    const close = `</${name}`
    if (this.#text[at] !== "<" || this.#text.slice(at, at + close.length).toLowerCase() !== close) return at + 1
    const angle = this.#angles.after(at)
    if (this.#text[angle] !== ">" || this.#text.slice(at + close.length, angle).trim() !== "") return at + 1
    this.#element = undefined
    return angle + 1
  }
}

/** Where the angle brackets of a text stand. */
export class Angles {
  readonly #next: Int32Array
  readonly #closing: Int32Array

  constructor(text: string) {
    this.#next = new Int32Array(text.length)
    this.#closing = new Int32Array(text.length)
    let next = text.length
    let closing = text.length
    for (let at = text.length - 1; at >= 0; at--) {
      this.#next[at] = next
      this.#closing[at] = closing
      const code = text.charCodeAt(at)
      if (code === 60 || code === 62) next = at
      if (code === 62) closing = at
    }
  }

  /** The index of the first one after this index, or the text's length. */
  after(index: number): number {
    return this.#next[index] ?? index
  }

  /** The index of the first `>` after this index, or the text's length. */
  closingAfter(index: number): number {
    return this.#closing[index] ?? index
  }
}
