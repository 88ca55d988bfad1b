import { type NetConnectOpts, Socket } from "node:net"

/** The code of a CancelRequest, in its second four bytes (PostgreSQL "Message Formats"). */
const cancelCode = 80_877_102

const isCancelRequest = (message: Uint8Array): boolean =>
  message.byteLength === 16 && Buffer.from(message.buffer, message.byteOffset, 16).readInt32BE(4) === cancelCode

/**
 * Hangs up after a CancelRequest. Postgres itself would; pglite-socket passes over the request and keeps the connection,
 * and PgClient waits 5 s for its end, with the only session of PGlite in its hands.
 */
class PgliteConnection extends Socket {
  override _write(message: Uint8Array, encoding: BufferEncoding, written: (error?: Error | null) => void): void {
    super._write(message, encoding, written)
    if (isCancelRequest(message)) this.destroySoon()
  }
}

/** A connection to the socket of `pgliteSocket`, for PgClient's `stream`. */
export const pgliteConnection = (path: string): Socket => {
  const options: NetConnectOpts = { path }
  return new PgliteConnection().connect(options)
}
