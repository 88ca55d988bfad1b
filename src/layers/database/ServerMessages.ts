/** Receives what is noticed in a server's messages. */
interface Noticed {
  /** The SQLSTATE of an error. */
  readonly error: (state: string) => void
  /** A setting that the server reports by itself. */
  readonly setting: (name: string, value: string) => void
}

const ERROR = 0x45
const PARAMETER = 0x53
const STATE_FIELD = 0x43
/** An error or a setting has a few hundred bytes. Longer messages are skipped. */
const longest = 65_536

/** The SQLSTATE of an ErrorResponse: fields of a type byte and a text that ends with NUL. */
const stateOf = (body: Buffer): string | undefined => {
  for (let at = 0; at < body.length && body[at] !== 0;) {
    const end = body.indexOf(0, at)
    if (end === -1) return undefined
    if (body[at] === STATE_FIELD) return body.toString("latin1", at + 1, end)
    at = end + 1
  }
  return undefined
}

/**
 * Finds errors and reported settings in a server's bytes (PostgreSQL "Message Formats"), however they are cut into
 * chunks. Skips all other messages by their length.
 */
export class ServerMessages {
  readonly #noticed: Noticed
  readonly #header = Buffer.alloc(5)
  #headerBytes = 0
  /** Bytes of the current message that have not come yet. */
  #left = 0
  #kept: Array<Buffer> | undefined

  constructor(noticed: Noticed) {
    this.#noticed = noticed
  }

  push(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length) {
      if (this.#left > 0) {
        const end = Math.min(chunk.length, at + this.#left)
        this.#kept?.push(chunk.subarray(at, end))
        this.#left -= end - at
        at = end
        if (this.#left === 0) this.#end()
      } else if (this.#headerBytes === 0 && chunk.length - at >= 5) {
        this.#begin(chunk[at] ?? 0, chunk.readUInt32BE(at + 1))
        at += 5
      } else {
        this.#header[this.#headerBytes++] = chunk[at++] ?? 0
        if (this.#headerBytes === 5) {
          this.#headerBytes = 0
          this.#begin(this.#header[0] ?? 0, this.#header.readUInt32BE(1))
        }
      }
    }
  }

  /** `length` counts itself. */
  #begin(type: number, length: number): void {
    this.#left = Math.max(0, length - 4)
    this.#kept = (type === ERROR || type === PARAMETER) && length <= longest ? [] : undefined
    // Kept for the end of the message, because the header may then belong to the next one.
    this.#type = type
  }

  #type = 0

  #end(): void {
    const kept = this.#kept
    if (kept === undefined) return
    this.#kept = undefined
    const body = kept.length === 1 && kept[0] !== undefined ? kept[0] : Buffer.concat(kept)
    if (this.#type === ERROR) {
      const state = stateOf(body)
      if (state !== undefined) this.#noticed.error(state)
      return
    }
    const [name = "", value = ""] = body.toString("utf8").split("\0")
    this.#noticed.setting(name, value)
  }
}
