import { decisionDue } from "./decision.ts"
import { dispatchOutcome } from "./dispatchOutcome.ts"
import type { Evento } from "./events/Evento.ts"
import { closeDue, dueOf, pendingWrites } from "./events/pending.ts"
import type { Write } from "./events/Write.ts"
import type { Fact, FactOf } from "./Fact.ts"
import { factText } from "./factText.ts"
import type { Origin } from "./Origin.ts"
import { caseOf, fold, journeyName, type State } from "./State.ts"
import { viewOf } from "./View.ts"

/** Personal data: shown only on demand. */
export interface Customer {
  readonly id: string
  readonly name?: string
  readonly phone?: string
  readonly email?: string
  readonly document?: string
}

/** What an operator wants to know of one communication; every time in epoch milliseconds. */
export interface Summary {
  readonly id: string
  readonly journey: string
  /** `working`, `adopted`, or the `response_status`. */
  readonly status: string
  readonly updatedAt: number
  readonly case?: { readonly number: string; readonly sysId: string }
  readonly whatsapp?: {
    readonly outcome: "sent" | "failed" | "in_doubt" | "under_way"
    readonly attempts: number
    readonly messageId?: string
  }
  /** None of an adopted one. */
  readonly record?: { readonly origin: Origin; readonly channels: ReadonlyArray<string>; readonly eventTime: number }
  readonly customer?: Customer
  /** What comes by itself, and when; `due` says when it is looked at next. */
  readonly waiting: ReadonlyArray<{ readonly for: string; readonly at: number }>
  readonly due?: number
  readonly events: ReadonlyArray<{ readonly evento: Evento; readonly at: number; readonly text?: string }>
  readonly responses: ReadonlyArray<{
    readonly id: string
    readonly evento: string
    readonly status: string
    readonly at: number
    readonly acknowledged: boolean
  }>
  readonly timeline: ReadonlyArray<{ readonly at: number; readonly fact: Fact["_tag"]; readonly text: string }>
}

const whatsapp = (state: State): Pick<Summary, "whatsapp"> => {
  const { attempts, dispatch, lastIntent } = state
  return lastIntent === undefined && dispatch === undefined
    ? {}
    : {
        whatsapp: {
          outcome: dispatchOutcome(state) ?? "under_way",
          attempts,
          ...(dispatch?.messageId !== undefined && { messageId: dispatch.messageId })
        }
      }
}

const ordered = ({ accepted }: State): Pick<Summary, "record" | "customer"> => {
  if (accepted === undefined) return {}
  const { cliente, cod_canais, eventTime } = accepted.order
  const { cnpj, cpf, cpf_cnpj, documento, email, id, nome, num_telefone: phone, sobrenome } = cliente
  const name = [nome, sobrenome].filter((part) => part !== undefined).join(" ")
  const document = cpf ?? cnpj ?? cpf_cnpj ?? documento
  return {
    record: { origin: accepted.origin, channels: cod_canais, eventTime },
    customer: {
      id,
      ...(name !== "" && { name }),
      ...(phone !== undefined && { phone }),
      ...(email !== undefined && { email }),
      ...(document !== undefined && { document })
    }
  }
}

/** Not `writeName`: an event's key holds what the customer wrote. */
const writeOf = ({ events }: State, write: Write): string =>
  write.of === "event" ? `write of ${events.byKey.get(write.key)?.planned.evento}` : `write of ${write.of}`

const waiting = (state: State): Summary["waiting"] => {
  const close = closeDue(state)
  const decision = decisionDue(state)
  return [
    ...(close === undefined ? [] : [{ for: "close", at: close }]),
    ...(decision === undefined ? [] : [{ for: "decision", at: decision }]),
    ...pendingWrites(state).map(({ dueAt, write }) => ({ for: writeOf(state, write), at: dueAt })),
    ...[...state.unacknowledged.values()].map(({ at, number }) => ({ for: `acknowledgement of #${number}`, at }))
  ].toSorted((one, other) => one.at - other.at)
}

const told = ({ event: { at, text }, evento }: FactOf<"EventPlanned">): Summary["events"][number] =>
  text === undefined ? { evento, at } : { evento, at, text }

const responses = (facts: ReadonlyArray<Fact>, { unacknowledged }: State): Summary["responses"] =>
  facts.flatMap((fact) =>
    fact._tag === "ResponseStored"
      ? [
          {
            id: String(fact.content.id_resposta),
            evento: String(fact.content.evento),
            status: String(fact.content.response_status),
            at: fact.at,
            acknowledged: !unacknowledged.has(fact.number)
          }
        ]
      : []
  )

/** One communication, by its facts: at least one. */
export const summaryOf = (id: string, facts: ReadonlyArray<Fact>): Summary => {
  const state = fold(facts)
  const updatedAt = Math.max(...facts.map(({ at }) => at))
  const theCase = caseOf(state)
  const due = dueOf(state)
  return {
    id,
    journey: journeyName(state),
    status: viewOf(state, undefined, updatedAt).status,
    updatedAt,
    ...(theCase && { case: { number: theCase.number, sysId: theCase.sysId } }),
    ...whatsapp(state),
    ...ordered(state),
    waiting: waiting(state),
    ...(due !== undefined && { due }),
    events: [...state.events.byKey.values()].map(({ planned }) => told(planned)),
    responses: responses(facts, state),
    timeline: facts.map((fact) => ({ at: fact.at, fact: fact._tag, text: factText(fact) }))
  }
}
