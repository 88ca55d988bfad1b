import { memo } from "../values/memo.ts"
import { phoneSpellings } from "../values/phone.ts"
import { digitsOf } from "../values/ReadValue.ts"

const brazilian = /^\+55(\d{2})(\d{4,5})(\d{4})$/

/** The usual spellings of one number in E.164. */
const spell = (full: string): ReadonlyArray<string> => {
  const [, area, head, tail] = brazilian.exec(full) ?? []
  if (area === undefined || head === undefined || tail === undefined) return [full, full.slice(1), `00${full.slice(1)}`]
  const plain = head + tail
  const hyphen = `${head}-${tail}`
  const space = `${head} ${tail}`
  return [
    full,
    `55${area}${plain}`,
    `${area}${plain}`,
    `0${area}${plain}`,
    `${area}${hyphen}`,
    ...[plain, hyphen, space].flatMap((local) => [`${area} ${local}`, `(${area}) ${local}`, `+55 ${area} ${local}`]),
    ...[plain, hyphen].flatMap((local) => [`(${area})${local}`, `+55 (${area}) ${local}`, `+55(${area})${local}`]),
    `${area}-${hyphen}`
  ]
}

/**
 * The spellings in which people and systems store this phone, with and without the ninth digit. None has a comma, which
 * ends a value of a list in a query (SPEC 3.1).
 */
export const storedSpellings = memo(4096, (phone: string): ReadonlyArray<string> =>
  phoneSpellings(phone).flatMap(spell)
)

/**
 * The last eight digits, plain and as `NNNN-NNNN`, `NNNN NNNN` and `NNNN.NNNN`: parts of any other stored spelling.
 * Empty for a shorter phone (SPEC 3.1).
 */
export const lastDigits = (phone: string): ReadonlyArray<string> => {
  const last = digitsOf(phone).slice(-8)
  return last.length < 8 ? [] : ["", "-", " ", "."].map((between) => last.slice(0, 4) + between + last.slice(4))
}
