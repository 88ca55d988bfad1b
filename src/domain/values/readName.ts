import { plainText } from "./ReadValue.ts"

const notGiven = "informad[oa]|identificad[oa]|cadastrad[oa]|disponivel|consta|tem|possui|se aplica"
/**
 * What systems write if there is no name, once or several times: words without accents and punctuation, in lower case.
 */
const noName = new RegExp(
  `^(?:(?:null|nulo|undefined|none|nan|n ?[ad]|s n|(?:sem|nao (?:${notGiven}))(?: (?:nome|sobrenome))?|desconhecid[oa]|x+)(?: (?!$)|$))+$`
)

/**
 * The name as received, with single spaces and without invisible characters. `undefined` for a text without a letter
 * and for the words that stand for no name, such as `null` (SPEC 3.3, 4.1).
 */
export const readName = (raw: string | undefined): string | undefined => {
  if (raw === undefined || !/\p{L}/u.test(raw)) return undefined
  const plain = plainText(raw.normalize("NFD").replace(/\p{Mn}/gu, ""))
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim()
  return noName.test(plain)
    ? undefined
    : raw
        .replace(/\p{Cf}/gu, "")
        .replace(/[\p{Z}\p{Cc}]+/gu, " ")
        .trim()
}
