import { Schema } from "effect"

/** The command did what it was asked, and what it found or did is not all as it should be: exit code 1. */
export class ProblemFound extends Schema.TaggedError<ProblemFound>()("ProblemFound", { detail: Schema.String }) {
  override get message() {
    return this.detail
  }
}

/** Options that make no sense together: exit code 2. */
export class WrongUse extends Schema.TaggedError<WrongUse>()("WrongUse", { detail: Schema.String }) {
  override get message() {
    return this.detail
  }
}
