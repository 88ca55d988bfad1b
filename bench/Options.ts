/** What one run of the bench measures. */
export interface Options {
  /** Measured at full speed, and half as many at half load. */
  readonly communications: number
  /** Communications before anything is measured. */
  readonly warmUp: number
  readonly database: "postgres" | "embedded"
  readonly kafka: "kafka" | "memory"
  /** Adds a subject: the service, exporting every span. */
  readonly tracing: boolean
  /** Adds a subject: the service without a search index. */
  readonly unindexed: boolean
  /** Adds a subject: another durable execution engine that makes the same requests. */
  readonly peer: "none" | "restate"
  /** Milliseconds that either vendor waits before it answers. */
  readonly vendorDelay: number
  /** Inbound events of each communication: delivered, read, SIM. */
  readonly events: number
  /** ServiceNow already knows every customer, which is the shorter path. */
  readonly known: boolean
  /** MAX_IN_FLIGHT, which also limits the bare loop. */
  readonly maxInFlight: number
  /** Numbers of service processes that take turns, ascending. The others are compared with the first. */
  readonly replicas: ReadonlyArray<number>
  /** Events have the customer's key, not their communication's, so Kafka gives them to any of the processes. */
  readonly keyedOtherwise: boolean
  /** The warm subjects take turns, and figures are medians. */
  readonly turns: number
  /** Profiles CPU and allocations, in turns of their own. */
  readonly profile: boolean
}

/** `1000,10000` or `1,2,3` as numbers. NaN for a part that is not a number. */
export const numbersOf = (text: string): ReadonlyArray<number> => text.split(",").map(Number)

/** Combinations that cannot be measured, in words. Empty if there are none. */
export const problemsOf = (
  options: Omit<Options, "replicas"> & { readonly replicas: string; readonly sizes: string },
  environment: { readonly KAFKA_BROKERS?: string | undefined; readonly DATABASE_URL?: string | undefined }
): ReadonlyArray<string> => {
  const { communications, database, events, kafka, maxInFlight, peer, replicas, sizes, turns, vendorDelay, warmUp } =
    options
  const problems: Array<string> = []
  const within = (name: string, value: number, from: number, to: number) => {
    if (value < from || value > to) problems.push(`--${name}: expected ${from} to ${to}, got ${value}`)
  }
  within("communications", communications, 10, 1_000_000)
  within("warm-up", warmUp, 1, 100_000)
  within("vendor-delay", vendorDelay, 0, 60_000)
  within("events", events, 0, 3)
  within("max-in-flight", maxInFlight, 1, 10_000)
  const counts = numbersOf(replicas)
  const ascend = counts.every((count, index) => index === 0 || count > (counts[index - 1] ?? count))
  if (!ascend || counts.some((count) => !Number.isInteger(count) || count < 1 || count > 16)) {
    problems.push(`--replicas: expected ascending numbers of processes, 1 to 16, such as 1,2,3, got ${replicas}`)
  }
  within("turns", turns, 1, 100)
  if (numbersOf(sizes).some((size) => !Number.isInteger(size) || size < 1)) {
    problems.push(`--sizes: expected whole numbers such as 1000,10000, got ${sizes}`)
  }
  if (kafka === "kafka" && !environment.KAFKA_BROKERS) problems.push("--kafka kafka: KAFKA_BROKERS is not set")
  if (database === "postgres" && !environment.DATABASE_URL) {
    problems.push("--database postgres: DATABASE_URL is not set")
  }
  if (counts.some((count) => count > 1) && (kafka === "memory" || database === "embedded")) {
    problems.push("--replicas: several need --kafka kafka and --database postgres")
  }
  if (peer === "restate" && (kafka === "memory" || events > 0)) {
    problems.push("--peer restate: needs --kafka kafka, and knows no events")
  }
  return problems
}
