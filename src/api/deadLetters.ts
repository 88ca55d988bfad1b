import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"

import { NeedsRole } from "./access.ts"
import { AnyObject, Codigo, Limit, pageOf, Reason, RecordPlace, Since, Text, Time } from "./values.ts"

/** What a dead letter says about its record. */
const letterFacts = {
  at: Time,
  code: Schema.optionalKey(Schema.String),
  detail: Schema.optionalKey(Schema.String),
  /** The record that it stands for. */
  original: Schema.optionalKey(RecordPlace),
  originalAt: Schema.optionalKey(Time),
  correlationId: Schema.optionalKey(Schema.String),
  truncated: Schema.Boolean,
  /** The `id` of the dead letter from which its record had been redriven. */
  redriveOf: Schema.optionalKey(Schema.String)
}

/** A dead letter. `id` is its place `topic/partition/offset`, URL-encoded. */
export const DeadLetterShown = Schema.Struct({
  id: Schema.String,
  ...letterFacts,
  redrivenAt: Schema.optionalKey(Time),
  /** Its bytes as text. */
  key: Schema.optionalKey(Schema.String),
  value: Schema.optionalKey(Schema.String),
  headers: Schema.Record(Schema.String, Schema.String)
})

/** `topic`: `in`, `inbound`, or the name of a topic. */
export const letterFields = {
  topic: Schema.optionalKey(Text),
  codigo: Schema.optionalKey(Codigo),
  since: Schema.optionalKey(Since)
}

/** The outcome for one dead letter, as in `ctx dead-letters redrive`. */
export const RedriveResult = Schema.Struct({
  id: Schema.String,
  outcome: Schema.String,
  at: Schema.optionalKey(Time),
  why: Schema.optionalKey(Schema.String),
  /** What `why` says if the letter can never be redriven: a `RefusalTag`. */
  tag: Schema.optionalKey(Schema.String),
  /** Absent if no dead letter is at this place. */
  letter: Schema.optionalKey(Schema.Struct(letterFacts))
})

/** Reading dead letters, and sending them again. */
export const DeadLettersApi = HttpApiGroup.make("deadLetters")
  .add(
    HttpApiEndpoint.get("list", "/api/dead-letters", {
      query: { ...letterFields, limit: Schema.optionalKey(Limit), cursor: Schema.optionalKey(Text) },
      success: Schema.Struct({ ...pageOf(DeadLetterShown).fields, total: Schema.Int })
    }).annotate(
      OpenApi.Description,
      "The newest dead letters first, with reason, origin and bytes. `total`: how many match in all."
    ),
    HttpApiEndpoint.post("reveal", "/api/dead-letters/:id/reveal", {
      params: Schema.Struct({ id: Text }),
      payload: Schema.Struct({ reason: Reason }),
      success: DeadLetterShown
    })
      .annotate(NeedsRole, ["privacy"])
      .annotate(OpenApi.Description, "One dead letter, unmasked. Written to the trail."),
    HttpApiEndpoint.post("redrive", "/api/dead-letters/redrive", {
      payload: Schema.Struct({
        ids: Schema.optionalKey(Schema.Array(Text)),
        filter: Schema.optionalKey(Schema.Struct(letterFields)),
        reason: Schema.optionalKey(Reason),
        dryRun: Schema.optionalKey(Schema.Boolean),
        again: Schema.optionalKey(Schema.Boolean)
      }),
      success: Schema.Struct({ items: Schema.Array(RedriveResult) })
    })
      .annotate(NeedsRole, ["operator"])
      .annotate(
        OpenApi.Description,
        "Sends dead letters to the topics that they came from, by `ids` or `filter`. `again`: also those that were redriven before."
      )
  )
  .annotate(OpenApi.Description, "Dead letters: records that were refused.")

/** An event that waits for its communication. */
export const ParkedShown = Schema.Struct({
  id: Schema.String,
  at: Time,
  evento: Schema.String,
  names: Schema.Array(Schema.Struct({ kind: Schema.String, value: Schema.String })),
  origin: RecordPlace,
  index: Schema.Int,
  event: Schema.optionalKey(AnyObject)
})

export const ParkedApi = HttpApiGroup.make("parked")
  .add(
    HttpApiEndpoint.get("list", "/api/parked", {
      query: { limit: Schema.optionalKey(Limit), cursor: Schema.optionalKey(Text) },
      success: pageOf(ParkedShown)
    }).annotate(OpenApi.Description, "Events that wait for their communication, the oldest first.")
  )
  .annotate(OpenApi.Description, "Events that wait for their communication.")
