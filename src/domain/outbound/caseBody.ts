import type { CaseTemplate, Journey } from "../journeys/Journey.ts"
import { render, truncate } from "../journeys/template.ts"
import type { Json } from "../record/ChannelResult.ts"
import { withoutCodeMarks } from "../values/codeMarks.ts"
import { addDays, formatDay, localDay } from "../values/localTime.ts"
import { toE164 } from "../values/phone.ts"
import { readDate } from "../values/readDate.ts"
import { readName } from "../values/readName.ts"
import { customerOf, orderNumber, type Outbound } from "./Outbound.ts"

export interface CaseInput {
  readonly outbound: Outbound
  readonly journey: Journey
  /** sys_id of the `csm_consumer`. */
  readonly consumer: string
  /** Default for a journey without its own. Not sent when neither is set. */
  readonly assignmentGroup?: string
  /** Default for a journey without its own. Not sent when neither is set. */
  readonly openedBy?: string
}

/** A day or a time as dd/MM/yyyy. Any other text is shown as received, since any other date would be wrong. */
const givenDate = (text: string, zone: string): string => {
  const day = readDate(text, zone)
  return day === undefined ? truncate(text, 40) : formatDay(day)
}

/** `data_entrega`, dd/MM/yyyy: the record's own date, or the event's local day plus the journey's days (SPEC 4.2). */
export const deliveryDate = (outbound: Outbound, { deliveryOffsetDays, timeZone }: Journey): string => {
  const given = outbound.dados_jornada.dat_entrega?.trim() ?? ""
  return given === ""
    ? formatDay(addDays(localDay(outbound.eventTime, timeZone), deliveryOffsetDays))
    : givenDate(given, timeZone)
}

/** A name as received. `undefined` for a text that is not a name (SPEC 3.3). */
const shownName = (name: string | undefined) => (readName(name) === undefined ? undefined : name)

/** SPEC 4.1. The journey's data take precedence over the customer's fields of the same name. */
const variablesOf = (outbound: Outbound, journey: Journey): Json => ({
  ...customerOf(outbound),
  nome: shownName(outbound.cliente.nome),
  sobrenome: shownName(outbound.cliente.sobrenome),
  ...Object.fromEntries(Object.entries(outbound.dados_jornada).filter(([, value]) => value !== null)),
  num_pedido: orderNumber(outbound),
  data_entrega: deliveryDate(outbound, journey)
})

/** Characters (code points) that ServiceNow keeps. It cuts the rest silently. */
const longestText = 4000
const limits: Readonly<Record<string, number>> = { short_description: 160, description: longestText }

const renderFields = (template: CaseTemplate, variables: Json): Json =>
  Object.fromEntries(
    Object.entries(template).map(([field, value]) => {
      if (typeof value !== "string") return [field, value]
      return [field, truncate(render(value, variables), limits[field] ?? longestText)]
    })
  )

/** The body of the Case's POST (SPEC 4.1). Deterministic: the same for the same input. */
export const caseBody = ({ outbound, journey, consumer, assignmentGroup, openedBy }: CaseInput): Json => {
  const phone = outbound.cliente.num_telefone ?? ""
  const { assignment_group = assignmentGroup, opened_by = openedBy, ...fields } = journey.case
  const groups = {
    ...(assignment_group !== undefined && { assignment_group }),
    ...(opened_by !== undefined && { opened_by })
  }
  return {
    consumer,
    ...renderFields({ ...fields, ...groups }, variablesOf(outbound, journey)),
    u_id_correlacao: outbound.id_correlacao,
    u_num_pedido: withoutCodeMarks(orderNumber(outbound)),
    ...(phone.trim() !== "" && { u_msisdn: toE164(phone) ?? withoutCodeMarks(truncate(phone, 40)) })
  }
}
