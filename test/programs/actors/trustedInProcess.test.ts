import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"

import { decodeOutbound } from "../../../src/domain/outbound/decodeOutbound.ts"
import { trustedInProcess } from "../../../src/programs/actors/CommunicationsCluster.ts"
import { ReceivedOrder } from "../../../src/programs/outbound/receiveOrder.ts"
import { record } from "../../domain/outbound/records.ts"

const decoded = decodeOutbound(new TextEncoder().encode(JSON.stringify(record({ id_correlacao: "a" }))))
const received: ReceivedOrder = {
  origin: { topic: "comunicacaoTransacional", partition: 0, offset: 7 },
  order: decoded._tag === "Valid" ? decoded.outbound : assert.fail("the record is valid")
}

describe("trustedInProcess", () => {
  const message = trustedInProcess(ReceivedOrder)

  it("passes the same value within the process", () => {
    assert.strictEqual(message.make(received), received)
  })

  it("DESIGN Actors: is encoded by its schema on a socket", () => {
    const onSocket = Schema.encodeSync(Schema.toCodecJson(message))(received)
    assert.deepStrictEqual(onSocket, Schema.encodeSync(Schema.toCodecJson(ReceivedOrder))(received))
    assert.deepStrictEqual(Schema.decodeSync(Schema.toCodecJson(message))(onSocket), received)
  })

  it("DESIGN Actors: rejects from a socket what its schema rejects", () => {
    const decode = Schema.decodeUnknownSync(Schema.toCodecJson(message))
    assert.throws(() => decode({ ...received, origin: { ...received.origin, offset: "7" } }))
    assert.throws(() => decode({ origin: received.origin, order: { ...received.order, cod_canais: ["sms"] } }))
  })
})
