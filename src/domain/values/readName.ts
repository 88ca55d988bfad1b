import { plainText } from "./ReadValue.ts"

/** What systems write where there is no name, without accents and in lower case. */
const noName =
  /^(?:null|undefined|none|nan|n\/?[ad]|s\/n|sem nome|nao (?:informado|consta|tem|possui)|desconhecido|x+)$/

/**
 * The name as received, with single spaces and without invisible characters. `undefined` for a text without a letter and
 * for the words that stand for no name, such as `null` (SPEC 3.3, 4.1).
 */
export const readName = (raw: string | undefined): string | undefined => {
  if (raw === undefined || !/\p{L}/u.test(raw)) return undefined
  const plain = plainText(raw.normalize("NFD").replace(/\p{Mn}/gu, "")).toLowerCase()
  return noName.test(plain)
    ? undefined
    : raw
        .replace(/\p{Cf}/gu, "")
        .replace(/[\p{Z}\p{Cc}]+/gu, " ")
        .trim()
}
