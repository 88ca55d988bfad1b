import type { Socket } from "node:net"
import { Duplex } from "node:stream"

import { type Approach, negotiate } from "./negotiate.ts"
import { ServerMessages } from "./ServerMessages.ts"

/** The ways to each host of a server, shared by all connections to it. */
export interface Route {
  readonly hosts: ReadonlyArray<ReadonlyArray<Approach>>
  /** Index of the host where the next connection begins: the last one that answered, or the one after it. */
  next: number
}

/** How long a connection may be silent before it is destroyed, and why. */
interface Limits {
  readonly silence: number
  readonly reason: string
}

/** The session cannot write, or the server ends it: no connection may be used after one of these SQLSTATEs. */
const unusable = new Set(["25006", "57P01", "57P02", "57P03"])

/** Every supported server reports these by itself, at the beginning and when they change. */
const readOnly: Readonly<Record<string, string>> = {
  in_hot_standby: "is a standby",
  default_transaction_read_only: "takes no writes (default_transaction_read_only)"
}

const ERROR = 0x45

/**
 * A connection to a server, for the driver. Its writes wait until one approach has succeeded. It is destroyed when the server
 * reports that the session may not write.
 */
export class ServerStream extends Duplex {
  readonly #route: Route
  readonly #limits: Limits
  readonly #approaches: ReadonlyArray<{ readonly approach: Approach; readonly host: number }>
  #at = 0
  #socket: Socket | undefined
  #giveUp: () => void = () => {}
  /** A write that waits for the connection. */
  #waiting: (() => void) | undefined
  /** The first write, which the next approach repeats. */
  #startup: Uint8Array | undefined
  #isAnswered = false

  constructor(route: Route, limits: Limits) {
    super({ allowHalfOpen: false })
    this.#route = route
    this.#limits = limits
    const all = route.hosts.flatMap((approaches, host) => approaches.map((approach) => ({ approach, host })))
    const first = all.findIndex(({ host }) => host === route.next)
    this.#approaches = [...all.slice(first), ...all.slice(0, first)]
    this.#open()
  }

  #open(): void {
    const approach = this.#approaches[this.#at]?.approach
    if (approach === undefined) return
    this.#giveUp = negotiate(approach, this.#limits, (failure, socket) => {
      if (this.destroyed) return void socket?.destroy()
      if (socket === undefined) return this.#tryNext(failure)
      this.#use(socket, approach)
    })
  }

  /** Lets the next connection begin at another host. */
  #avoidHost(): void {
    const host = this.#approaches[this.#at]?.host
    if (this.#route.next === host) this.#route.next = (host + 1) % this.#route.hosts.length
  }

  #hasNext(): boolean {
    return this.#at + 1 < this.#approaches.length
  }

  #tryNext(failure: Error | undefined): void {
    if (!this.#hasNext()) return void this.destroy(failure)
    this.#avoidHost()
    this.#at++
    this.#open()
  }

  #use(socket: Socket, { host, port }: Approach): void {
    this.#socket = socket
    const end = (why: string) => {
      this.#avoidHost()
      this.destroy(new Error(`${host}:${port} ${why}`))
    }
    const messages = new ServerMessages({
      // The driver reads the error first.
      error: (state) => void (unusable.has(state) && setImmediate(() => end(`ended the session (${state})`))),
      setting: (name, value) => {
        const why = value === "on" ? readOnly[name] : undefined
        if (why !== undefined) end(why)
      }
    })
    socket.on("data", (chunk: Buffer) => {
      if (!this.#isAnswered) {
        if (chunk[0] === ERROR && this.#hasNext()) return this.#refused(socket)
        this.#isAnswered = true
        this.#route.next = this.#approaches[this.#at]?.host ?? 0
        this.#startup = undefined
      }
      messages.push(chunk)
      if (!this.destroyed && !this.push(chunk)) socket.pause()
    })
    socket.on("error", (error) => this.destroy(error))
    socket.on("close", () => this.destroy())
    if (this.#startup !== undefined) socket.write(this.#startup)
    this.#waiting?.()
    this.#waiting = undefined
    socket.resume()
  }

  /** The server refuses a session that begins this way, as `pg_hba.conf` may do with or without TLS. */
  #refused(socket: Socket): void {
    socket.removeAllListeners("data").removeAllListeners("close").destroy()
    this.#socket = undefined
    this.#tryNext(undefined)
  }

  override _write(chunk: Uint8Array, encoding: BufferEncoding, written: (error?: Error | null) => void): void {
    if (this.#socket === undefined) {
      this.#waiting = () => this._write(chunk, encoding, written)
      return
    }
    if (!this.#isAnswered) this.#startup ??= chunk
    if (this.#socket.write(chunk)) return written()
    this.#socket.once("drain", () => written())
  }

  override _final(ended: (error?: Error | null) => void): void {
    if (this.#socket === undefined) return ended()
    this.#socket.end(() => ended())
  }

  override _read(): void {
    this.#socket?.resume()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (this.#socket === undefined) {
      this.#avoidHost()
      this.#giveUp()
    } else {
      this.#socket.on("error", () => {}).destroy()
    }
    done(error)
  }
}
