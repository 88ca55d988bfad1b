import { withoutCodeMarks } from "../values/codeMarks.ts"

const variable = /\{\{([^{}]*)\}\}/g

/** Text, numbers and booleans as a template shows them. Any other value, or none, is empty text. */
const textOf = (value: unknown): string => {
  switch (typeof value) {
    case "string":
      return value
    case "number":
    case "boolean":
      return String(value)
    default:
      return ""
  }
}

/** `nome|cliente`: a name, and the text that replaces a blank value. */
const parts = (inner: string): readonly [name: string, otherwise: string] => {
  const bar = inner.indexOf("|")
  return bar < 0 ? [inner.trim(), ""] : [inner.slice(0, bar).trim(), inner.slice(bar + 1).trim()]
}

/** A part of a rendered template, and whether its text is the template's own. */
interface Piece {
  readonly text: string
  readonly isOwn: boolean
}

const piecesOf = (template: string, variables: Readonly<Record<string, unknown>>): ReadonlyArray<Piece> => {
  const pieces: Array<Piece> = []
  let after = 0
  for (const found of template.matchAll(variable)) {
    const [name, otherwise] = parts(found[1] ?? "")
    const text = textOf(variables[name])
    const isOtherwise = text.trim() === "" && otherwise !== ""
    pieces.push({ text: template.slice(after, found.index), isOwn: true })
    pieces.push({ text: isOtherwise ? otherwise : text, isOwn: isOtherwise })
    after = found.index + found[0].length
  }
  return [...pieces, { text: template.slice(after), isOwn: true }]
}

/**
 * The template with each `{{name}}` replaced once, and each `{{name|text}}` by the text if the value is blank. Values
 * are not templates. Unknown names become empty text. A mark of ServiceNow around HTML stays only if all of it is the
 * template's own text (SPEC 4.7).
 */
export const render = (template: string, variables: Readonly<Record<string, unknown>>): string => {
  const pieces = piecesOf(template, variables)
  const text = pieces.map((piece) => piece.text).join("")
  return withoutCodeMarks(text, (start, end) => {
    let at = 0
    return pieces.some((piece) => {
      const begin = at
      at += piece.text.length
      return piece.isOwn && begin <= start && end <= at
    })
  })
}

/** A name that a template uses, and the text that replaces a blank value. */
export interface TemplateVariable {
  readonly name: string
  readonly otherwise: string
}

/** The variables of a template as they stand in it, in order of appearance. */
export const templateVariables = (template: string): ReadonlyArray<TemplateVariable> =>
  Array.from(template.matchAll(variable), ([, inner = ""]) => {
    const [name, otherwise] = parts(inner)
    return { name, otherwise }
  })

/** At most `max` characters (code points). A character outside the BMP is kept whole or left out. */
export const truncate = (text: string, max: number): string => {
  if (text.length <= max) return text
  let end = 0
  let count = 0
  for (const character of text) {
    if (count === max) return text.slice(0, end)
    count += 1
    end += character.length
  }
  return text
}
