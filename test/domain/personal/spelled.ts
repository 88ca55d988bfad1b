import * as fc from "fast-check"
import { CNPJ } from "validation-br/cnpj"
import { CPF } from "validation-br/cpf"

const digits = (count: number) =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: count, maxLength: count }).map((list) => list.join(""))

const cpf = digits(9)
  .filter((root) => !/^(\d)\1*$/.test(root))
  .map((root) => root + CPF.checksum(root))
const cnpj = digits(12)
  .filter((root) => !/^(\d)\1*$/.test(root))
  .map((root) => root + CNPJ.checksum(root))

const areas = fc.constantFrom("11", "21", "27", "31", "48", "55", "61", "71", "85", "99")
const mobile = fc.tuple(areas, digits(8)).map(([area, rest]) => `${area}9${rest}`)
const landline = fc.tuple(areas, fc.constantFrom("2", "3", "4", "5"), digits(7)).map((parts) => parts.join(""))

/** Ways to separate the digits of one value: by people, by programs, with invisible characters. */
const separator = fc.constantFrom(
  "",
  " ",
  ".",
  "-",
  "_",
  "\u00A0",
  "\u2009",
  "\u2011",
  "–",
  " - ",
  "\u200B",
  "\u200B \u2060"
)

const scripts = [0x30, 0xff_10, 0x6_60, 0x9_66, 0x1_d7_ce, 0x1_fb_f0]
const script = fc.constantFrom(...scripts)

const inScript = (text: string, zero: number): string =>
  text.replaceAll(/\d/g, (digit) => String.fromCodePoint(zero + Number(digit)))

const parted = (sizes: ReadonlyArray<number>) => (text: string, between: ReadonlyArray<string>) => {
  let at = 0
  return sizes
    .map((size, index) => {
      at += size
      return text.slice(at - size, at) + (index === sizes.length - 1 ? "" : (between[index] ?? ""))
    })
    .join("")
}

const separators = fc.array(separator, { minLength: 4, maxLength: 4 })

const document = fc.oneof(
  fc.tuple(cpf, separators).map(([text, between]) => parted([3, 3, 3, 2])(text, between)),
  fc.tuple(cnpj, separators).map(([text, between]) => parted([2, 3, 3, 4, 2])(text, between))
)

const phone = fc
  .tuple(
    fc.constantFrom("", "+55", "55", "0", "0055", "+55 ", "0xx", "+ 55 "),
    fc.oneof(
      fc.tuple(mobile, fc.constantFrom([2, 5, 4], [2, 1, 4, 4], [2, 9], [2, 3, 3, 3])),
      fc.tuple(landline, fc.constantFrom([2, 4, 4], [2, 8], [2, 2, 2, 2, 2]))
    ),
    fc.boolean(),
    fc.array(separator, { minLength: 4, maxLength: 4 })
  )
  .map(([prefix, [text, sizes], isBracketed, between]) =>
    isBracketed
      ? `${prefix}(${text.slice(0, 2)})${between[3]}${parted(sizes.slice(1))(text.slice(2), between)}`
      : `${prefix}${parted(sizes)(text, between)}`
  )

/** A valid CPF, CNPJ or phone of nobody in any of its spellings. */
export const spelledNumber = fc.tuple(fc.oneof(document, phone), script).map(([text, zero]) => inScript(text, zero))

/** An e-mail address as RFC 5322 has it, or with letters of Portuguese. */
export const spelledEmail = fc.oneof(
  fc.emailAddress(),
  fc.tuple(fc.constantFrom("joão", "ana.lúcia", "Ñandú_1"), fc.domain()).map(([local, domain]) => `${local}@${domain}`)
)

/** Words around it that do not belong to it. */
export const around = fc.constantFrom(
  "",
  "de ",
  "cliente: ",
  "\n",
  '"',
  "<",
  "(",
  "id ",
  "phone=",
  "às 12h, ",
  "não é ",
  "→ ",
  "«"
)
