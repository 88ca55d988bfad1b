import { isJson } from "../api/client.ts"
import type { Communication, JsonValue, TimelineEntry } from "../api/types.ts"
import { text } from "../text/text.ts"
import { formatDay, formatMinute, formatSpan } from "../time.ts"
import { vendorText } from "../told.ts"
import type { Tone } from "../ui/tone.ts"

/** One step of the story: a fact, with the intents and acknowledgements that belong to it. */
export interface Step {
  readonly at: number
  readonly title: string
  readonly tone: Tone
  /** A further line, for people. */
  readonly more: string | undefined
  readonly facts: ReadonlyArray<TimelineEntry>
  readonly by?: string | undefined
  readonly reason?: string | undefined
  /** The operation of the operator who had it done. */
  readonly operation?: string | undefined
}

/** The text at `a.b` of a fact's data, or `undefined`. */
const at = (data: JsonValue | undefined, path: string): string | undefined => {
  let value: JsonValue | undefined = data
  for (const name of path.split(".")) value = isJson(value) ? value[name] : undefined
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : undefined
}

const isTrue = (data: JsonValue, name: string): boolean => isJson(data) && data[name] === true

/** `403 Data Policy Exception` */
const answerText = (data: JsonValue): string | undefined => {
  const [status, message, detail = ""] = ["status", "message", "erro.detalhe"].map((name) =>
    at(data, `response.${name}`)
  )
  // The detail often begins with the message.
  const words = [status, message !== undefined && detail.startsWith(message) ? undefined : message, detail]
  const told = words.filter((word) => word !== undefined && word !== "").join(" ")
  return told === "" ? undefined : told
}

type Told = readonly [title: string, tone: Tone, more?: string | undefined]

const titles = text.facts

const consumerTitles: Readonly<Record<string, string>> = {
  criado: titles.ConsumerCreated,
  generico: titles.ConsumerGuest
}

const tellEvent = (data: JsonValue): Told => {
  const evento = at(data, "evento") ?? ""
  const closesAt = Number(at(data, "closesAt"))
  const said = at(data, "event.text") ?? at(data, "event.label")
  const tones: Readonly<Record<string, Tone>> = {
    falha_envio: "red",
    retorno_sim: "green",
    retorno_nao: "amber",
    lida: "green",
    entregue: "green"
  }
  return [
    titles.EventPlanned[evento] ?? evento,
    tones[evento] ?? "blue",
    [
      said === undefined || said === "***" ? undefined : `“${said}”`,
      Number.isNaN(closesAt) ? undefined : text.factMore.closesAt(`${formatDay(closesAt)} ${formatMinute(closesAt)}`)
    ]
      .filter((part) => part !== undefined)
      .join(" · ") || undefined
  ]
}

const tellDispatch = (data: JsonValue): Told => {
  switch (at(data, "outcome")) {
    case "sent": {
      const id = at(data, "messageId")
      return [titles.DispatchSent, "green", id === undefined ? answerText(data) : text.factMore.message(id)]
    }
    case "in_doubt":
      return [titles.DispatchInDoubt, "violet", answerText(data)]
    default:
      return [titles.DispatchFailed, "red", answerText(data)]
  }
}

const written = (data: JsonValue, yes: string, no: string): Told =>
  isTrue(data, "written") ? [yes, "green", at(data, "request.work_notes")] : [no, "red", answerText(data)]

/** The names of the steps in an operator's request, each once. */
const stepNames = (data: JsonValue): string => {
  const steps = isJson(data) && Array.isArray(data["steps"]) ? data["steps"] : []
  return [...new Set(steps.map((step) => text.step[String(step)] ?? text.step["write on the Case"]))].join(", ")
}

/** What a communication waits for. The service's own words if it is of a later version. */
export const waitText = (what: string): string => {
  const [, kind = what, of = ""] = /^(write|acknowledgement|its next attempt) (?:of )?\(?([^()]+)\)?$/.exec(what) ?? []
  return text.waitsFor[kind]?.(text.evento[of] ?? text.step[of] ?? of) ?? what
}

const tell = ({ data, fact, text: words }: TimelineEntry): Told => {
  switch (fact) {
    case "Accepted": {
      const [topic, partition, offset] = ["topic", "partition", "offset"].map(
        (name) => at(data, `origin.${name}`) ?? ""
      )
      return [titles.Accepted, "blue", text.factMore.at(topic ?? "", partition ?? "", offset ?? "")]
    }
    case "ConsumerFound": {
      const origem = at(data, "origem") ?? ""
      const sysId = at(data, "sysId")
      return [
        consumerTitles[origem] ?? titles.ConsumerFound,
        "green",
        [text.factMore.foundBy[origem], sysId].filter((part) => part !== undefined).join(" · ")
      ]
    }
    case "CaseIntended":
      return [titles.CaseIntended, "grey"]
    case "CaseOpened":
      return [titles.CaseOpened(at(data, "number") ?? ""), "green", answerText(data)]
    case "CaseFailed":
      return [titles.CaseFailed, "red", answerText(data)]
    case "DispatchIntended":
      return [titles.DispatchIntended(at(data, "attempt") ?? ""), "grey"]
    case "DispatchRefused":
      return [titles.DispatchRefused, "amber", answerText(data)]
    case "DispatchSettled":
      return tellDispatch(data)
    case "OutcomeNoted":
      return written(data, titles.OutcomeNoted, titles.OutcomeNotNoted)
    case "Decided":
      return [titles.Decided(text.decision[at(data, "decision") ?? ""] ?? ""), "violet"]
    case "RetryRequested":
      return [titles.RetryRequested, "violet", stepNames(data)]
    case "EndRequested":
      return [titles.EndRequested, "violet", stepNames(data)]
    case "EventsReplanned":
      return [titles.EventsReplanned, "blue"]
    case "Adopted":
      return [titles.Adopted(at(data, "number") ?? ""), "blue"]
    case "AmbiguityPlanned":
      return [titles.AmbiguityPlanned, "amber"]
    case "EventPlanned":
      return tellEvent(data)
    case "EventWritten":
      return written(data, titles.EventWritten, titles.EventNotWritten)
    case "WriteRetried":
      return written(data, titles.WriteRetried, titles.WriteNotRetried)
    case "CloseWritten":
      return written(data, titles.CloseWritten, titles.CloseNotWritten)
    case "CloseIntended":
      return isTrue(data, "cancelled") ? [titles.CloseCancelled, "amber"] : [titles.CloseIntended, "blue"]
    case "WriteIntended":
      return [titles.WriteIntended, "grey"]
    case "WriteCancelled":
      return [titles.WriteCancelled, "amber"]
    case "Held": {
      const vendor = at(data, "vendor")
      const name = vendor === "servicenow" || vendor === "weni" ? text.vendor[vendor] : undefined
      return [name === undefined ? titles.HeldTime : titles.Held(name), "amber", vendorText(at(data, "reason") ?? "")]
    }
    case "ResponseStored": {
      const status = at(data, "content.response_status") ?? ""
      const evento = at(data, "content.evento") ?? ""
      return [
        titles.ResponseStored(text.status[status] ?? status),
        status === "failure" ? "red" : status === "partial_success" ? "amber" : "blue",
        [text.evento[evento] ?? evento, at(data, "content.erro.codigo"), at(data, "content.erro.detalhe")]
          .filter((part) => part !== undefined && part !== "")
          .join(" · ")
      ]
    }
    case "ResponseAcknowledged":
      return [titles.ResponseAcknowledged, "grey"]
    default:
      return [words, "grey"]
  }
}

/** What a fact is, in a few words. */
export const titleOf = (entry: TimelineEntry): string => tell(entry)[0]

/** Each kind of intent, and the facts that end it. */
const endings: Readonly<Record<string, ReadonlyArray<string>>> = {
  CaseIntended: ["CaseOpened", "CaseFailed", "Held"],
  DispatchIntended: ["DispatchSettled", "DispatchRefused", "Held"],
  WriteIntended: ["WriteRetried", "Held", "OutcomeNoted"]
}

const stepOf = (entry: TimelineEntry, before: ReadonlyArray<TimelineEntry>): Step => {
  const [title, tone, more] = tell(entry)
  const attempts = before.length
  const told = [more, attempts > 1 ? text.factMore.attempts(attempts) : undefined]
    .filter((part) => part !== undefined && part !== "")
    .join(" · ")
  return {
    at: entry.at,
    title,
    tone,
    more: told === "" ? undefined : told,
    facts: [...before, entry],
    by: entry.by,
    reason: entry.reason,
    operation: at(entry.data, "operation")
  }
}

/** The timeline as steps: an intent goes with the fact that ends it, an acknowledgement with its response. */
export const stepsOf = (timeline: ReadonlyArray<TimelineEntry>): ReadonlyArray<Step> => {
  const steps: Array<Step> = []
  let open: Array<TimelineEntry> = []
  for (const entry of timeline) {
    if (endings[entry.fact] !== undefined) {
      open.push(entry)
      continue
    }
    if (entry.fact === "ResponseAcknowledged") {
      const number = at(entry.data, "number")
      const index = steps.findLastIndex(({ facts }) =>
        facts.some(({ data, fact }) => fact === "ResponseStored" && at(data, "number") === number)
      )
      const stored = steps[index]
      if (stored !== undefined) {
        const [response] = stored.facts.flatMap(({ data, fact }) => (fact === "ResponseStored" ? [data] : []))
        const status = at(response, "content.response_status") ?? ""
        const title = titles.ResponsePublished(text.status[status] ?? status)
        steps[index] = { ...stored, title, facts: [...stored.facts, entry] }
        continue
      }
    }
    const mine = open.filter(({ fact }) => endings[fact]?.includes(entry.fact) === true)
    open = open.filter((one) => !mine.includes(one))
    steps.push(stepOf(entry, mine))
  }
  return [...steps, ...open.map((entry) => stepOf(entry, []))].sort((one, other) => one.at - other.at)
}

/** A gap of this length gets a line of its own. */
const longGap = 3_600_000

export const gapBefore = (step: Step, previous: Step | undefined): string | undefined =>
  previous === undefined || step.at - previous.at < longGap
    ? undefined
    : text.time.later(formatSpan(step.at - previous.at))

/** The body that opened the Case, or would have. */
export const caseBodyOf = ({ responses, timeline }: Communication): JsonValue | undefined => {
  const intended = timeline.findLast(({ fact }) => fact === "CaseIntended")
  if (intended !== undefined && isJson(intended.data["body"])) return intended.data["body"]
  const content = responses.find(({ evento }) => evento === "comunicacao")?.content
  const results = content?.["resultados"]
  const itsm = isJson(results) ? results["itsm"] : undefined
  return isJson(itsm) ? itsm["request"] : undefined
}

/** The text of the message as the Case has it. The template itself is the vendor's. */
export const messageOf = (communication: Communication): string | undefined =>
  at(caseBodyOf(communication), "description")

export const fieldOf = (body: JsonValue | undefined, name: string): string | undefined => at(body, name)
