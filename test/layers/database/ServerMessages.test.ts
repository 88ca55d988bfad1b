import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"

import { ServerMessages } from "../../../src/layers/database/ServerMessages.ts"

const message = (type: string, body: Buffer): Buffer => {
  const head = Buffer.alloc(5, type)
  head.writeUInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

const error = (state: string, text: string) => message("E", Buffer.from(`SERROR\0VERROR\0C${state}\0M${text}\0\0`))
const setting = (name: string, value: string) => message("S", Buffer.from(`${name}\0${value}\0`))

/** What is noticed of the bytes, cut at these places. */
const noticed = (bytes: Buffer, cuts: ReadonlyArray<number>) => {
  const seen: Array<string> = []
  const messages = new ServerMessages({
    error: (state) => void seen.push(state),
    setting: (name, value) => void seen.push(`${name}=${value}`)
  })
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b)
  for (const [index, from] of places.entries()) messages.push(bytes.subarray(from, places[index + 1]))
  return seen
}

describe("what is noticed of a server's bytes", () => {
  const bytes = Buffer.concat([
    message("R", Buffer.from([0, 0, 0, 0])),
    setting("in_hot_standby", "off"),
    setting("application_name", "pedido à mão"),
    message("Z", Buffer.from("I")),
    message("D", Buffer.from("E\0\0\0\u0010SERROR\0C25006\0\0")),
    message("I", Buffer.alloc(0)),
    error("25006", "cannot execute INSERT in a read-only transaction"),
    message("D", Buffer.alloc(100_000, "E")),
    setting("in_hot_standby", "on"),
    error("57P01", "terminating connection")
  ])
  const all = ["in_hot_standby=off", "application_name=pedido à mão", "25006", "in_hot_standby=on", "57P01"]

  it("SPEC 9.1: errors and settings, however the bytes are cut", () => {
    assert.deepStrictEqual(noticed(bytes, []), all)
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 300 }), (cuts) => {
        assert.deepStrictEqual(noticed(bytes, cuts), all)
      })
    )
  })

  it("SPEC 9.1: bytes that are not messages are skipped", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.array(fc.nat(), { maxLength: 20 }), (any, cuts) => {
        assert.doesNotThrow(() => noticed(Buffer.from(any), cuts))
      })
    )
  })
})
