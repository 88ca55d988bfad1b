import { Flag } from "effect/cli"

const { DATABASE_URL, KAFKA_BROKERS } = process.env

const number = (name: string, description: string, value: number) =>
  Flag.Int(name).pipe(Flag.withDescription(description), Flag.withDefault(value))

const toggle = (name: string, description: string) =>
  Flag.Boolean(name).pipe(Flag.withDescription(description), Flag.withDefault(false))

/** The command line of the bench: `Options`, and how the result is printed. */
export const flags = {
  communications: number("communications", "measured at full speed; half as many at half load", 2000),
  warmUp: number(
    "warm-up",
    "communications for each process before anything is measured; V8 compiles for some thousands, most of it for twenty thousand",
    5000
  ),
  database: Flag.Literals("database", ["postgres", "embedded"]).pipe(
    Flag.withDescription("the service's journal; postgres when DATABASE_URL is set"),
    Flag.withDefault(DATABASE_URL ? "postgres" : "embedded")
  ),
  kafka: Flag.Literals("kafka", ["kafka", "memory"]).pipe(
    Flag.withDescription("real brokers, or IPC and topics in memory; kafka when KAFKA_BROKERS is set"),
    Flag.withDefault(KAFKA_BROKERS ? "kafka" : "memory")
  ),
  tracing: toggle("tracing", "a third subject: the service, exporting all telemetry"),
  unindexed: toggle("unindexed", "one more subject: the service without a search index, and what the index costs"),
  peer: Flag.Literals("peer", ["none", "restate"]).pipe(
    Flag.withDescription("one more subject: Restate, each request a durable step; its server and its service counted"),
    Flag.withDefault("none")
  ),
  vendorDelay: number("vendor-delay", "milliseconds that either vendor takes to answer", 0),
  events: number("events", "inbound events for each communication: delivered, read, SIM", 0),
  known: toggle("known", "every customer is known to ServiceNow already"),
  maxInFlight: number("max-in-flight", "records at work at once, MAX_IN_FLIGHT, in each subject", 256),
  replicas: Flag.String("replicas").pipe(
    Flag.withDescription("processes of the service; several numbers (1,2,3) take turns in one run"),
    Flag.withDefault("1")
  ),
  keyedOtherwise: toggle("keyed-otherwise", "events have the customer's key, not their communication's"),
  turns: number("turns", "subjects, all warm, take turns; figures are medians", 1),
  profile: toggle("profile", "CPU by part, hottest functions and allocations, in turns of their own"),
  growth: toggle("growth", "instead: how one process stands after more and more communications (--sizes)"),
  sizes: Flag.String("sizes").pipe(
    Flag.withDescription("of --growth, communications in all"),
    Flag.withDefault("1000,10000,50000")
  ),
  outage: toggle("outage", "instead: what it costs while ServiceNow answers after 2 s and 5 % fail"),
  json: toggle("json", "figures of every turn as JSON")
}
