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

/** `nome|cliente`: a name, and the text that stands in where it is blank. */
const parts = (inner: string): readonly [name: string, otherwise: string] => {
  const bar = inner.indexOf("|")
  return bar < 0 ? [inner.trim(), ""] : [inner.slice(0, bar).trim(), inner.slice(bar + 1).trim()]
}

/**
 * The template with each `{{name}}` replaced once, and each `{{name|text}}` by the text where the value is blank. Values
 * are not templates. Unknown names become empty text.
 */
export const render = (template: string, variables: Readonly<Record<string, unknown>>): string =>
  template.replace(variable, (_, inner: string) => {
    const [name, otherwise] = parts(inner)
    const text = textOf(variables[name])
    return text.trim() === "" && otherwise !== "" ? otherwise : text
  })

/** The names that a template uses, each once, in order of appearance. */
export const templateVariables = (template: string): ReadonlyArray<string> => [
  ...new Set(Array.from(template.matchAll(variable), ([, inner = ""]) => parts(inner)[0]))
]

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
