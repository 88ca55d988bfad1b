import { Clock, Effect, Schema } from "effect"
import { HttpApiBuilder } from "effect/http-api"

import type { DeadLetterShown, letterFields, RedriveResult } from "../../api/deadLetters.ts"
import { OperatorApi } from "../../api/OperatorApi.ts"
import { BadRequest, NotFound, Unavailable } from "../../api/problems.ts"
import { hideRecordText } from "../../domain/personal/hideBytes.ts"
import { hidePersonalData, shownId } from "../../domain/personal/personalData.ts"
import { originKey } from "../../domain/record/Origin.ts"
import { headerTexts, letterTexts } from "../../domain/responses/deadLetter.ts"
import { parseSince } from "../../domain/values/since.ts"
import {
  type ListedLetter,
  pageDeadLetters,
  type Selection,
  takeDeadLetters
} from "../../programs/operator/deadLetters.ts"
import { redrive, type Redriven } from "../../programs/operator/redrive.ts"
import { type TopicSettings, Settings } from "../../services/Settings.ts"
import { refuseUnselected } from "./actions.ts"
import { cursorOf, readCursor } from "./cursors.ts"
import { whenRunning } from "./RunningService.ts"
import { recordAction } from "./trail.ts"

/** The places of letters that a client names, each by the text that it used: plain or URL-encoded. */
export const placesOf = (ids: ReadonlyArray<string>) =>
  Effect.forEach(ids, (id) => {
    const place = id.includes("/") ? id : decodeURIComponent(id.replace(/%(?![\da-f]{2})/gi, "%25"))
    return /^[^/]+\/\d+\/\d+(?:~\d+)?$/.test(place)
      ? Effect.succeed([place, id] as const)
      : Effect.fail(
          new BadRequest({
            error: `ids: expected topic/partition/offset, read ${JSON.stringify(hidePersonalData(id.slice(0, 300)))}`
          })
        )
  })

/** Which of our two topics a name means: its own, or that of its dead letters. */
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

/** Headers of ours, and those that say nothing of a person. */
const plainHeader = /^(?:dlq-|traceparent$|tracestate$|content-type$|evento$|response_status$)/

const hideHeader = (name: string, text: string): string => {
  if (name === "dlq-detalhe") return hidePersonalData(text)
  if (name === "id_correlacao" || name === "id_resposta") return shownId(text)
  return plainHeader.test(name) ? text : "***"
}

/** A dead letter as it is shown: masked, or as it is. */
const shown = ({ letter, record, redrivenAt }: ListedLetter, unmasked: boolean): typeof DeadLetterShown.Type => {
  const { detail, id, place, redriveOf, ...rest } = letter
  const { key, value } = letterTexts(record)
  return {
    ...rest,
    id: encodeURIComponent(originKey(place)),
    ...(detail !== undefined && { detail: unmasked ? detail : hidePersonalData(detail) }),
    ...(id !== undefined && { correlationId: unmasked ? id : shownId(id) }),
    ...(redriveOf !== undefined && { redriveOf: encodeURIComponent(redriveOf) }),
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

const resultOf = ({ outcome }: Redriven, id: string): typeof RedriveResult.Type => ({
  id,
  outcome: outcome._tag,
  ...("at" in outcome && { at: outcome.at }),
  ...("why" in outcome && { why: outcome.why })
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
          const { letters, next } = yield* page(selection, limit, yield* readCursor(Position, cursor))
          return {
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
          const names = new Map(yield* placesOf(ids ?? []))
          const selection = filter === undefined ? { places: new Set(names.keys()) } : yield* selectionOf(filter)
          const done = yield* Effect.catchTag(
            redrive(selection, { dryRun, again }),
            ["TopicUnreadable", "RedrivesUnavailable"],
            unavailable
          )
          const items = done.map((one) => resultOf(one, names.get(one.place) ?? encodeURIComponent(one.place)))
          if (!dryRun) {
            const failures = items.flatMap(({ id, outcome, why }) =>
              outcome === "Redriven" ? [] : [{ id, reason: why ?? outcome }]
            )
            yield* recordAction({ action: "redrive", reason, total: items.length, failures })
          }
          return { items }
        })
      )
  })
)
