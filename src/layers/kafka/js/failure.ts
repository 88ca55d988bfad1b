import { Schema } from "effect"

/** Why an exchange with the brokers failed: `code` is the protocol's error type, or the name of a client error. */
export class BrokerFailure extends Schema.TaggedError<BrokerFailure>()("BrokerFailure", {
  code: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `${this.code}: ${this.detail}`
  }
}

const causes = (error: unknown): ReadonlyArray<Error> => (error instanceof Error ? [error, ...causes(error.cause)] : [])

/** The first protocol error in the chain of causes, else the last cause. */
export const failureOf = (error: unknown): BrokerFailure => {
  const chain = causes(error)
  for (const it of chain) {
    if ("type" in it && typeof it.type === "string") return new BrokerFailure({ code: it.type, detail: it.message })
  }
  const last = chain.at(-1)
  return new BrokerFailure({ code: last?.name ?? "Unknown", detail: last?.message ?? String(error) })
}

/** What a refused produce request means for its records. */
export type Verdict = "too-large" | "refused" | "forbidden" | "fatal" | "again"

const verdicts: Readonly<Record<string, Verdict>> = {
  MESSAGE_TOO_LARGE: "too-large",
  RECORD_LIST_TOO_LARGE: "too-large",
  INVALID_RECORD: "refused",
  POLICY_VIOLATION: "refused",
  UNSUPPORTED_FOR_MESSAGE_FORMAT: "refused",
  INVALID_TOPIC_EXCEPTION: "forbidden",
  TOPIC_AUTHORIZATION_FAILED: "forbidden",
  OUT_OF_ORDER_SEQUENCE_NUMBER: "fatal",
  UNKNOWN_PRODUCER_ID: "fatal",
  INVALID_PRODUCER_EPOCH: "fatal",
  INVALID_PRODUCER_ID_MAPPING: "fatal",
  PRODUCER_FENCED: "fatal"
}

/** Everything that is not known to be final is tried again. */
export const verdictOf = (failure: BrokerFailure): Verdict => verdicts[failure.code] ?? "again"
