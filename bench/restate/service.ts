import { createServer } from "node:http2"

import { createEndpointHandler, handlers, object, type ObjectContext, serde } from "@restatedev/restate-sdk"
import { Kafka, logLevel } from "kafkajs"

import { communicate, type Step } from "../bare/communicate.ts"
import { makePublisher } from "../bare/publish.ts"

/**
 * Makes the same requests as the bare loop, each as a durable step of a virtual object. Each id has one communication
 * at a time, as in the service. Restate reads the records from Kafka and calls this process.
 */
const { env } = process
const kafka = new Kafka({
  clientId: "restate",
  brokers: (env["KAFKA_BROKERS"] ?? "").split(","),
  logLevel: logLevel.ERROR
})
const producer = kafka.producer()
const publish = makePublisher(producer, env["TOPIC_RESPONSE"] ?? "")

const communication = object({
  name: "communication",
  handlers: {
    outbound: handlers.object.exclusive({ input: serde.binary }, async (context: ObjectContext, record: Uint8Array) => {
      const step: Step = (name, request) => context.run(name, request)
      const response = await communicate(Buffer.from(record).toString(), step)
      await step("publish the response", () => publish(response))
    })
  }
})

await producer.connect()
createServer(createEndpointHandler({ services: [communication] })).listen(Number(env["ENDPOINT_PORT"]), "127.0.0.1")
