import type { Socket } from "node:net"

import { inTime } from "./inTime.ts"
import type { RequestQueue } from "./patchClock.ts"

/** The errors of kafkajs that these patches make. */
export interface KafkaErrors {
  readonly KafkaJSConnectionError: new (message: string, options: { readonly broker: string }) => Error
  readonly KafkaJSConnectionClosedError: new (
    message: string,
    options: { readonly host: string; readonly port: number }
  ) => Error
}

interface Connection {
  readonly host: string
  readonly port: number
  socket: Socket | undefined
  readonly requestQueue: RequestQueue
  readonly authHandlers: { onError(): void } | null
  connectionStatus: string
  chunks: ReadonlyArray<Buffer>
  bytesBuffered: number
  bytesNeeded: number
  isConnected(): boolean
  connect(): Promise<boolean>
  disconnect(): Promise<boolean>
  rejectRequests(error: Error): void
}

/** The bytes of a response's length. */
const LENGTH = 4

/** Destroys the socket of a connection. Nothing that comes from it counts any more. */
const abandon = (it: Connection): void => {
  const { socket } = it
  it.socket = undefined
  if (socket === undefined) return
  for (const event of ["data", "end", "error", "timeout"]) socket.removeAllListeners(event)
  socket.on("error", () => {})
  socket.destroy()
}

/** Closes a connection at once. Its requests fail, because nothing will answer them. */
const cut = (it: Connection, error: Error): void => {
  it.authHandlers?.onError()
  it.rejectRequests(error)
  it.connectionStatus = "disconnected"
  it.requestQueue.destroy()
  abandon(it)
}

/**
 * Begins each connection clean. kafkajs keeps the half of a response that a closing connection has left, and reads the
 * responses of the next connection as its other half, so no request on it is ever answered. Two requests that connect at
 * the same time open two sockets for one connection. A socket that was closed still tells its connection what it
 * receives, and gets a listener more each time that the connection is closed. A connection whose answer is overdue is closed, because its other
 * end may be gone: kafkajs keeps it for as long as the system does, which is a quarter of an hour.
 */
export const connectCleanly = (connection: Connection, { KafkaJSConnectionClosedError }: KafkaErrors): void => {
  const { connect, disconnect } = connection
  const connecting = new WeakMap<Connection, Promise<boolean>>()
  const closed = ({ host, port }: Connection) => new KafkaJSConnectionClosedError("Closed connection", { host, port })

  connection.connect = function () {
    const underWay = connecting.get(this)
    if (underWay !== undefined) return underWay
    if (this.isConnected()) return Promise.resolve(true)
    cut(this, closed(this))
    Object.assign(this, { chunks: [], bytesBuffered: 0, bytesNeeded: LENGTH })
    this.requestQueue.overdue = () => cut(this, closed(this))
    const opening = connect
      .call(this)
      .catch((error: unknown) => {
        abandon(this)
        throw error
      })
      .finally(() => connecting.delete(this))
    connecting.set(this, opening)
    return opening
  }

  connection.disconnect = async function () {
    const { socket } = this
    const result = await disconnect.call(this)
    // A socket that is still opening tells why it cannot.
    if (socket === this.socket && !connecting.has(this)) abandon(this)
    // Sent while it was closing. Nothing looks for overdue answers any more.
    if (!this.isConnected()) this.rejectRequests(closed(this))
    return result
  }
}

/** Milliseconds that a broker has for what it answers at once: its versions, the metadata and a group's coordinator. */
export const BROKER_PATIENCE = 5000

interface Broker {
  readonly brokerAddress: string
  readonly connectionPool: { readonly pool: ReadonlyArray<Connection> }
  versions: object | null
  isConnected(): boolean
  connect(): Promise<void>
  apiVersions(): Promise<object>
}

const failed = new Set(["KafkaJSConnectionClosedError", "KafkaJSRequestTimeoutError"])

/**
 * Counts a broker as connected once it has answered. A proxy whose broker is away, or a broker that hangs, accepts
 * connections and answers nothing. kafkajs gives it 15 s, and stays with it. Here it has 5 s, and is then one that
 * cannot be connected to, so kafkajs tries another one. Each connection asks for the versions, so those of a broker that
 * was upgraded are known.
 */
export const connectWhenAnswered = (broker: Broker, { KafkaJSConnectionError }: KafkaErrors): void => {
  const { apiVersions, connect } = broker
  broker.connect = async function () {
    if (!this.isConnected()) this.versions = null
    try {
      await connect.call(this)
    } catch (error) {
      if (!(error instanceof Error) || !failed.has(error.name)) throw error
      throw new KafkaJSConnectionError(error.message, { broker: this.brokerAddress })
    }
  }
  broker.apiVersions = function () {
    const late = () => {
      const error = new KafkaJSConnectionError(`no answer in ${BROKER_PATIENCE} ms`, { broker: this.brokerAddress })
      for (const it of this.connectionPool.pool) cut(it, error)
      return error
    }
    return inTime(apiVersions.call(this), BROKER_PATIENCE, late)
  }
}

/** Whether kafkajs has made this error of a broker's answer. Other errors mean that none came. */
export const isProtocolError = (error: unknown): boolean => error instanceof Error && "type" in error
