import { Clock, Effect, Schema } from "effect"
import { HttpApiBuilder } from "effect/http-api"

import type { DeadLetterShown, letterFields, RedriveResult } from "../../api/deadLetters.ts"
import { OperatorApi } from "../../api/OperatorApi.ts"
import { BadRequest, NotFound, Unavailable } from "../../api/problems.ts"
import { hideRecordText } from "../../domain/personal/hideBytes.ts"
import { hidePersonalData, shownId } from "../../domain/personal/personalData.ts"
import { originKey } from "../../domain/record/Origin.ts"
import { type DeadLetter, headerTexts, letterTexts } from "../../domain/responses/deadLetter.ts"
import { parseSince } from "../../domain/values/since.ts"
import {
  type ListedLetter,
  pageDeadLetters,
  type Selection,
  takeDeadLetters
} from "../../programs/operator/deadLetters.ts"
import { redrive, redriveInTrail, type Redriven } from "../../programs/operator/redrive.ts"
import { type TopicSettings, Settings } from "../../services/Settings.ts"
import { actorOf, refuseTooMany, refuseUnselected } from "./actions.ts"
import { cursorOf, readCursor } from "./cursors.ts"
import { whenRunning } from "./RunningService.ts"
import { logAction, recordAction } from "./trail.ts"

/** The text that was URL-encoded. A text that was not stays as it is. */
const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The places of letters that a client names, each by the text that it used: plain or URL-encoded. */
export const placesOf = (ids: ReadonlyArray<string>) =>
  Effect.forEach(ids, (id) => {
    const place = id.includes("/") ? id : decoded(id)
    return /^[^/]+\/\d+\/\d+(?:~\d+)?$/.test(place)
      ? Effect.succeed([place, id] as const)
      : Effect.fail(
          new BadRequest({
            error: `ids: expected topic/partition/offset, read ${JSON.stringify(hidePersonalData(id.slice(0, 300)))}`
          })
        )
  })

/** Which of the two input topics a name means: the topic's own name, or that of its dead-letter topic. */
const topicOf = (topics: TopicSettings, name: string): "in" | "inbound" | undefined => {
  if (["in", topics.in, topics.inDlq].includes(name)) return "in"
  return ["inbound", topics.inbound, topics.inboundDlq].includes(name) ? "inbound" : undefined
}

const selectionOf = Effect.fnUntraced(function* ({ codigo, since, topic }: Schema.Struct.Type<typeof letterFields>) {
  const { topics } = yield* Settings
  const now = yield* Clock.currentTimeMillis
  const which = topic === undefined ? undefined : topicOf(topics, topic)
  if (topic !== undefined && which === undefined) {
    return yield* new BadRequest({ error: "topic: expected in, inbound or the name of one of these topics" })
  }
  const from = since === undefined ? undefined : parseSince(since, now)
  const selection: Selection = {
    ...(which !== undefined && { topic: which }),
    ...(codigo !== undefined && { code: codigo }),
    ...(from !== undefined && { since: from })
  }
  return selection
})

/** Headers that the service writes itself, over any of the producer's. They contain no personal data. */
const ownHeader = /^dlq-(?:codigo|topico|particao|offset|geracao|timestamp|truncado|redrive)$/

/** Headers of the producer that contain no personal data if they are well formed. */
const plainHeader = /^(?:dlq-detalhe|traceparent|tracestate|content-type|evento|response_status)$/

const hideHeader = (name: string, text: string): string => {
  if (ownHeader.test(name)) return text
  if (name === "id_correlacao" || name === "id_resposta") return shownId(text)
  return plainHeader.test(name) ? hidePersonalData(text) : "***"
}

/** What a dead letter says about its record: masked, or as it is. */
const factsOf = ({ detail, id, place: _, redriveOf, ...rest }: DeadLetter, unmasked: boolean) => ({
  ...rest,
  ...(detail !== undefined && { detail: unmasked ? detail : hidePersonalData(detail) }),
  ...(id !== undefined && { correlationId: unmasked ? id : shownId(id) }),
  ...(redriveOf !== undefined && { redriveOf: encodeURIComponent(redriveOf) })
})

/** A dead letter as it is shown: masked, or as it is. */
const shown = ({ letter, record, redrivenAt }: ListedLetter, unmasked: boolean): typeof DeadLetterShown.Type => {
  const { key, value } = letterTexts(record)
  return {
    ...factsOf(letter, unmasked),
    id: encodeURIComponent(originKey(letter.place)),
    ...(redrivenAt !== undefined && { redrivenAt }),
    ...(key !== undefined && { key: unmasked ? key : shownId(key) }),
    ...(value !== undefined && { value: unmasked ? value : hideRecordText(value) }),
    headers: Object.fromEntries(
      Object.entries(headerTexts(record)).map(([name, text]) => [name, unmasked ? text : hideHeader(name, text)])
    )
  }
}

const Position = Schema.Struct({ at: Schema.Number, place: Schema.String })

const unavailable = (error: { readonly message: string }) => Effect.fail(new Unavailable({ error: error.message }))

const page = (selection: Selection, limit: number, after?: typeof Position.Type) =>
  Effect.catchTag(pageDeadLetters(selection, limit, after), ["TopicUnreadable", "RedrivesUnavailable"], unavailable)

const resultOf = ({ letter, outcome }: Redriven, id: string): typeof RedriveResult.Type => ({
  id,
  outcome: outcome._tag,
  ...("at" in outcome && { at: outcome.at }),
  ...("why" in outcome && { why: outcome.why }),
  ...("tag" in outcome && { tag: outcome.tag }),
  ...(letter && { letter: factsOf(letter, false) })
})

/** Longer than Kafka may take to acknowledge, and longer than reading the topics takes. */
const redriveBudget = "110 seconds"

/** Redrives the selected letters on behalf of the operator. */
const redriven = Effect.fnUntraced(function* (selection: Selection, again: boolean, reason: string) {
  const actor = yield* actorOf(reason)
  const { failures, operation, results } = yield* redriveInTrail(selection, again, actor)
  yield* logAction({ operation, action: "redrive", by: actor.by, total: results.length, failures })
  return results
})

/** The places of all dead letters that match. */
export const lettersMatching = Effect.fnUntraced(function* (fields: Schema.Struct.Type<typeof letterFields>) {
  const selection = yield* selectionOf(fields)
  const found = yield* Effect.catchTag(takeDeadLetters(selection), "TopicUnreadable", unavailable)
  return found.map(({ letter }) => originKey(letter.place))
})

/** CONTRACT `/api/dead-letters`: list, reveal, redrive. */
export const DeadLettersRoutes = HttpApiBuilder.group(OperatorApi, "deadLetters", (handlers) =>
  handlers.handleAll({
    list: ({ query: { cursor, limit = 50, ...fields } }) =>
      whenRunning(
        Effect.gen(function* () {
          const selection = yield* selectionOf(fields)
          const { letters, next, total } = yield* page(selection, limit, yield* readCursor(Position, cursor))
          return {
            total,
            items: letters.map((letter) => shown(letter, false)),
            next: next === undefined ? null : cursorOf(next)
          }
        })
      ),
    reveal: ({ params, payload: { reason } }) =>
      whenRunning(
        Effect.gen(function* () {
          const [[place] = [""]] = yield* placesOf([params.id])
          const { letters } = yield* page({ places: new Set([place]) }, 1)
          const [letter] = letters
          if (letter === undefined) return yield* new NotFound({ error: "there is no dead letter at this place" })
          yield* recordAction({ action: "reveal", reason, target: place, total: 1, failures: [] })
          return shown(letter, true)
        })
      ),
    redrive: ({ payload: { again = false, dryRun = false, filter, ids, reason = "" } }) =>
      whenRunning(
        Effect.gen(function* () {
          yield* refuseUnselected({ ids, filter }, "filter: expected at least one field")
          yield* refuseTooMany(ids)
          const names = new Map(yield* placesOf(ids ?? []))
          const selection = filter === undefined ? { places: new Set(names.keys()) } : yield* selectionOf(filter)
          const done = yield* Effect.catchTag(
            dryRun ? redrive(selection, { dryRun, again }) : redriven(selection, again, reason),
            ["TopicUnreadable", "RedrivesUnavailable"],
            unavailable
          )
          const items = done.map((one) => resultOf(one, names.get(one.place) ?? encodeURIComponent(one.place)))
          return { items }
        }),
        redriveBudget
      )
  })
)
