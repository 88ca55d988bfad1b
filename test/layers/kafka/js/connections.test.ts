import { createRequire } from "node:module"
import { createServer, type Socket } from "node:net"

import { assert, describe, it } from "@effect/vitest"
import { afterEach, beforeEach, vi } from "vitest"

import { patchKafkaJs } from "../../../../src/layers/kafka/js/patch.ts"
import { quietLogger } from "./quietLogger.ts"

const require = createRequire(import.meta.url)
patchKafkaJs()

interface Connection {
  connect(): Promise<boolean>
  disconnect(): Promise<boolean>
  isConnected(): boolean
  send(request: object): Promise<unknown>
}

const Connection: new (options: object) => Connection = require("kafkajs/src/network/connection")
const ConnectionPool: new (options: object) => object = require("kafkajs/src/network/connectionPool")
const Broker: new (options: object) => {
  connect(): Promise<void>
  isConnected(): boolean
} = require("kafkajs/src/broker")
const ask: () => object = require("kafkajs/src/protocol/requests").requests.ApiVersions.protocol({ version: 0 })

const nothing = () => {}

const optionsOf = (port: number) => ({
  host: "127.0.0.1",
  port,
  logger: quietLogger,
  clientId: "test",
  socketFactory: require("kafkajs/src/network/socketFactory")(),
  connectionTimeout: 3000,
  requestTimeout: 15_000
})

/** The answer of a broker that has no versions to offer, to the request with this number. */
const answer = (correlationId: number): Buffer => {
  const bytes = Buffer.alloc(14)
  bytes.writeInt32BE(10, 0)
  bytes.writeInt32BE(correlationId, 4)
  return bytes
}

type Behaviour = (socket: Socket, correlationId: number) => void

const answering: Behaviour = (socket, correlationId) => void socket.write(answer(correlationId))

/** A broker that does with the requests of its n-th connection what the n-th behaviour says. */
const brokerOf = async (...behaviours: ReadonlyArray<Behaviour>) => {
  const sockets: Array<Socket> = []
  const server = createServer((socket) => {
    const behaviour = behaviours[sockets.push(socket) - 1] ?? answering
    socket.on("data", (request: Buffer) => behaviour(socket, request.readInt32BE(8)))
    socket.on("error", nothing)
  })
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  const close = () => {
    server.close()
    for (const socket of sockets) socket.destroy()
  }
  return { close, sockets, port: typeof address === "object" && address !== null ? address.port : 0 }
}

const nameOf = (answered: Promise<unknown>) =>
  answered.then(
    () => "answered",
    (error: Error) => error.name
  )

describe("docs/kafka.md patch 15: connections of a client", () => {
  it("SPEC 9.1: half a response that a closed connection has left is no part of the next one's", async () => {
    const { close, port } = await brokerOf((socket, id) => socket.end(answer(id).subarray(0, 9)), answering)
    const connection = new Connection(optionsOf(port))
    try {
      await connection.connect()
      assert.strictEqual(await nameOf(connection.send(ask())), "KafkaJSConnectionClosedError")
      await connection.connect()
      assert.strictEqual(await nameOf(connection.send(ask())), "answered")
    } finally {
      await connection.disconnect()
      close()
    }
  })

  it("SPEC 9.1: requests that connect at the same time open one socket", async () => {
    const { close, port, sockets } = await brokerOf()
    const connection = new Connection(optionsOf(port))
    try {
      await Promise.all([connection.connect(), connection.connect()])
      assert.strictEqual(await nameOf(connection.send(ask())), "answered")
      assert.strictEqual(sockets.length, 1)
    } finally {
      await connection.disconnect()
      close()
    }
  })

  it("docs/kafka.md: a connection that is closed again and again warns of no listeners", async () => {
    const { close, port } = await brokerOf()
    const connection = new Connection(optionsOf(port))
    const warnings: Array<string> = []
    const listen = ({ name }: Error) => void warnings.push(name)
    process.on("warning", listen)
    try {
      await connection.connect()
      for (let times = 0; times < 20; times++) {
        await connection.disconnect()
        await new Promise((resolve) => setImmediate(resolve))
      }
      assert.deepStrictEqual(warnings, [])
    } finally {
      process.off("warning", listen)
      close()
    }
  })
})

describe("docs/kafka.md patch 16: a broker that accepts connections and answers nothing", () => {
  beforeEach(
    () =>
      void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"] })
  )
  afterEach(() => void vi.useRealTimers())

  const clientOf = (port: number) => {
    const connectionPool = new ConnectionPool(optionsOf(port))
    return new Broker({ connectionPool, logger: quietLogger, versions: { 3: { minVersion: 0, maxVersion: 6 } } })
  }

  it("SPEC 9.1: cannot be connected to, as is known after 5 s", async () => {
    const asked = Promise.withResolvers<void>()
    const { close, port } = await brokerOf(() => asked.resolve())
    try {
      const broker = clientOf(port)
      const connected = nameOf(broker.connect())
      await asked.promise
      await vi.advanceTimersByTimeAsync(5000)
      assert.deepStrictEqual([await connected, broker.isConnected()], ["KafkaJSConnectionError", false])
    } finally {
      close()
    }
  })

  it("SPEC 9.1: nor can one that closes each connection, as a proxy without a broker does", async () => {
    const { close, port } = await brokerOf((socket) => void socket.end())
    try {
      assert.strictEqual(await nameOf(clientOf(port).connect()), "KafkaJSConnectionError")
    } finally {
      close()
    }
  })

  it("SPEC 9.1: is connected to again after an overdue answer, because its end of the connection may be gone", async () => {
    const asked = Promise.withResolvers<void>()
    const { close, port, sockets } = await brokerOf(() => asked.resolve(), answering)
    const connection = new Connection(optionsOf(port))
    try {
      await connection.connect()
      const sent = nameOf(connection.send(ask()))
      await asked.promise
      await vi.advanceTimersByTimeAsync(16_000)
      assert.deepStrictEqual([await sent, connection.isConnected()], ["KafkaJSRequestTimeoutError", false])
      await connection.connect()
      assert.strictEqual(await nameOf(connection.send(ask())), "answered")
      assert.strictEqual(sockets.length, 2)
    } finally {
      await connection.disconnect()
      close()
    }
  })
})
