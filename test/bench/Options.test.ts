import { assert, describe, it } from "@effect/vitest"

import { numbersOf, problemsOf } from "../../bench/Options.ts"

const options = {
  communications: 2000,
  warmUp: 500,
  database: "embedded",
  kafka: "memory",
  tracing: false,
  unindexed: false,
  peer: "none",
  vendorDelay: 0,
  events: 0,
  known: false,
  maxInFlight: 256,
  replicas: "1",
  keyedOtherwise: false,
  turns: 1,
  profile: false,
  sizes: "1000,10000"
} as const

const real = { KAFKA_BROKERS: "127.0.0.1:9092", DATABASE_URL: "postgres://x" }

describe("problemsOf", () => {
  it("has nothing to say of the defaults", () => {
    assert.deepStrictEqual(problemsOf(options, {}), [])
    const real = { ...options, database: "postgres", kafka: "kafka", replicas: "1,2,3" } as const
    assert.deepStrictEqual(problemsOf(real, { KAFKA_BROKERS: "127.0.0.1:9092", DATABASE_URL: "postgres://x" }), [])
  })

  it("names every figure that is out of range, and what was expected", () => {
    assert.deepStrictEqual(
      problemsOf({ ...options, communications: 1, events: 4, maxInFlight: 0, sizes: "1000,many" }, {}),
      [
        "--communications: expected 10 to 1000000, got 1",
        "--events: expected 0 to 3, got 4",
        "--max-in-flight: expected 1 to 10000, got 0",
        "--sizes: expected whole numbers such as 1000,10000, got 1000,many"
      ]
    )
  })

  it("wants ascending numbers of processes", () => {
    const said = (replicas: string) => problemsOf({ ...options, database: "postgres", kafka: "kafka", replicas }, real)
    const expected = "--replicas: expected ascending numbers of processes, 1 to 16, such as 1,2,3, got"
    assert.deepStrictEqual(["2,1", "1,1", "0", "17", "many"].flatMap(said), [
      `${expected} 2,1`,
      `${expected} 1,1`,
      `${expected} 0`,
      `${expected} 17`,
      `${expected} many`
    ])
  })

  it("wants the variables of real parts, and real parts for several replicas", () => {
    assert.deepStrictEqual(problemsOf({ ...options, kafka: "kafka", database: "postgres", replicas: "2" }, {}), [
      "--kafka kafka: KAFKA_BROKERS is not set",
      "--database postgres: DATABASE_URL is not set"
    ])
    assert.deepStrictEqual(problemsOf({ ...options, replicas: "2" }, {}), [
      "--replicas: several need --kafka kafka and --database postgres"
    ])
  })

  it("measures a peer on a real Kafka, and without events", () => {
    const peer = { ...options, database: "postgres", kafka: "kafka", peer: "restate" } as const
    assert.deepStrictEqual(problemsOf(peer, real), [])
    for (const wrong of [{ ...peer, kafka: "memory" } as const, { ...peer, events: 1 }]) {
      assert.deepStrictEqual(problemsOf(wrong, real), ["--peer restate: needs --kafka kafka, and knows no events"])
    }
  })

  it("reads the sizes of the growth table", () => {
    assert.deepStrictEqual(numbersOf("1000,10000,50000"), [1000, 10_000, 50_000])
  })
})
