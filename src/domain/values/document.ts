import { CNPJ } from "validation-br/cnpj"
import { CPF } from "validation-br/cpf"

import { notRead, plainText, type ReadValue, withoutDecimals } from "./ReadValue.ts"

/** Fields of the customer that hold a document. `cpf` and `cnpj` say which one. */
export type DocumentField = "cpf" | "cnpj" | "cpf_cnpj" | "documento"

const isRepeated = (text: string): boolean => /^(.)\1*$/.test(text)

/** True for the 11 digits of a CPF with the right check digits. */
export const isCpf = (text: string): boolean =>
  /^\d{11}$/.test(text) && !isRepeated(text) && CPF.checksum(text.slice(0, 9)) === text.slice(9)

/**
 * True for a CNPJ of digits, or of digits and capitals as issued since July 2026. The check digits are always digits.
 */
export const isCnpj = (text: string): boolean =>
  /^[\dA-Z]{12}\d{2}$/.test(text) && !isRepeated(text) && CNPJ.checksum(text.slice(0, 12)) === text.slice(12)

/** The fewest digits of a document that lost its leading zeros. Fewer digits are something else. */
const shortest: Readonly<Record<DocumentField, number>> = {
  cpf: 7,
  cnpj: 8,
  cpf_cnpj: 8,
  // Identity cards have up to nine digits, and one in a hundred would pass as a CPF.
  documento: 10
}

const expectedIn: Readonly<Record<DocumentField, string>> = {
  cpf: "CPF com dígitos verificadores certos",
  cnpj: "CNPJ com dígitos verificadores certos",
  cpf_cnpj: "CPF ou CNPJ com dígitos verificadores certos",
  documento: "CPF ou CNPJ com dígitos verificadores certos"
}

/** The documents that digits with lost or added leading zeros can be. */
const padded = (digits: string, field: DocumentField): ReadonlyArray<string> => {
  const core = digits.replace(/^0+/, "")
  const given = field === "documento" ? core : digits
  if (given.length < shortest[field] || core.length > 14) return []
  const cpf = core.length > 11 ? "" : core.padStart(11, "0")
  const cnpj = core.padStart(14, "0")
  const found = [isCpf(cpf) ? cpf : "", isCnpj(cnpj) ? cnpj : ""]
  const [named = ""] = field === "cpf" ? found : field === "cnpj" ? found.toReversed() : []
  return named === "" ? found.filter((document) => document !== "") : [named]
}

/** Signs around and between the digits. Those that hide digits (`*`, `#`, `•`) are none of them. */
const punctuation = /[\s.,:;/_'"’`()[\]°-]/g
const label = /^(?:CPF|CNPJ|MF)+(?:NO|N)?/

/**
 * The document in its plain spelling: a CPF's 11 digits, or a CNPJ's 14 digits and capitals. It needs the right check
 * digits. Leading zeros may be missing or too many if only one document fits (SPEC 3.1).
 */
export const readDocument = (raw: string, field: DocumentField = "documento"): ReadValue => {
  const text = withoutDecimals(plainText(raw)).toUpperCase()
  const plain = text.replace(punctuation, "")
  if (isCpf(plain) || isCnpj(plain)) return { value: plain }
  const bare = plain.replace(label, "")
  if (isCpf(bare) || isCnpj(bare)) return { value: bare }
  if (!/^\d{1,20}$/.test(bare)) return notRead(expectedIn[field], raw)
  const [document, other] = padded(bare, field)
  if (document === undefined) return notRead(expectedIn[field], raw)
  return other === undefined ? { value: document } : notRead("CPF com 11 ou CNPJ com 14 dígitos", raw)
}

const formatDocument = (plain: string): string =>
  plain.length === 11
    ? plain.replace(/(.{3})(.{3})(.{3})(.{2})/, "$1.$2.$3-$4")
    : plain.replace(/(.{2})(.{3})(.{3})(.{4})(.{2})/, "$1.$2.$3/$4-$5")

/** True when both are the same CPF or CNPJ in any spelling (SPEC 3.1). `b` may have lost its zeros. */
export const sameDocument = (a: string, b: string): boolean => {
  const { value } = readDocument(a)
  if (value === undefined) return false
  return value === readDocument(b, value.length === 11 ? "cpf" : "cnpj").value
}

/**
 * The spellings under which a document may be stored: plain, formatted, without its leading zeros, and a CPF filled up
 * to 12 or 14 digits. Empty when it is not a document (SPEC 3.1).
 */
export const documentLookups = (raw: string): ReadonlyArray<string> => {
  const { value } = readDocument(raw)
  if (value === undefined) return []
  const filled = value.length === 11 ? [value.padStart(12, "0"), value.padStart(14, "0")] : []
  const others = [value.replace(/^0+/, ""), ...filled].filter((spelling) => sameDocument(value, spelling))
  return [...new Set([value, formatDocument(value), ...others])]
}
