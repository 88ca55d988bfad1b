import { Schema } from "effect"

/** The command did what was requested, but found a problem or failed in part. Exit code 1. */
export class ProblemFound extends Schema.TaggedError<ProblemFound>()("ProblemFound", { detail: Schema.String }) {
  override get message() {
    return this.detail
  }
}

/** The options make no sense together. Exit code 2. */
export class WrongUse extends Schema.TaggedError<WrongUse>()("WrongUse", { detail: Schema.String }) {
  override get message() {
    return this.detail
  }
}
