import { Schema } from "effect"

/** A search that cannot be carried out: `field` names what is wrong in it. */
export class WrongSearch extends Schema.TaggedError<WrongSearch>()("WrongSearch", {
  field: Schema.String,
  expected: Schema.String
}) {
  override get message() {
    return `${this.field}: expected ${this.expected}`
  }
}
