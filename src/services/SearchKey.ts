import { Context } from "effect"

/**
 * The key under which personal data is searched (CONTRACT `SEARCH_KEY`). All processes of one database have the same one.
 */
export class SearchKey extends Context.Service<
  SearchKey,
  {
    /** Grows with each change of the key. Everything written under a smaller number is written again. */
    readonly number: number
    /**
     * The keyed hash of a value of this kind, 128 bits in base64url. The same value of another kind has a different
     * hash.
     */
    hash(kind: string, value: string): string
    /** Encrypts the text into a token that only this key opens. Two tokens of one text differ. */
    seal(text: string): string
    /** The text of a token. `undefined` if this key did not seal it. */
    open(token: string): string | undefined
  }
>()("brom-ctx/services/SearchKey") {}
