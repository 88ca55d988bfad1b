import { Option } from "effect"
import { Flag } from "effect/cli"

import { StatusWanted } from "../api/communications.ts"
import { parseSince } from "../domain/values/since.ts"

const text = (name: string, description: string) =>
  Flag.String(name).pipe(Flag.withDescription(`${description} (default: any)`), Flag.optional)

const time = (name: string, description: string) =>
  Flag.String(name).pipe(
    Flag.withDescription(
      `${description}: an ISO 8601 time with a zone, or a time before now such as 24h (default: any)`
    ),
    Flag.filter(
      (value) => parseSince(value, 0) !== undefined,
      (value) => `expected an ISO 8601 time with a zone, or 30m, 24h, 7d, read ${value}`
    ),
    Flag.optional
  )

/** The flags that select communications: the fields of the search (SPEC 12.2). */
export const searchFlags = {
  status: Flag.Literals("status", StatusWanted.literals).pipe(
    Flag.withDescription("Only with this status or mark; may be given again (default: any)"),
    Flag.atLeast(0)
  ),
  journey: text("journey", "Only of this journey"),
  codigo: text("codigo", "Only with this codigo of a failure, such as HTTP_400"),
  case: text("case", "Only of this Case, by number or sys_id"),
  q: text("q", "Only with this id, order, shipment, Case, message id, cliente.id, phone, e-mail or document, whole"),
  since: time("since", "Only created at or after this time"),
  until: time("until", "Only created before this time")
} as const

type Text = Option.Option<string>

interface SearchInput {
  readonly status: ReadonlyArray<typeof StatusWanted.Type>
  readonly journey: Text
  readonly codigo: Text
  readonly case: Text
  readonly q: Text
  readonly since: Text
  readonly until: Text
}

const given = <const Name extends string>(name: Name, value: Text): { readonly [_ in Name]?: string } =>
  Option.isSome(value) ? ({ [name]: value.value } as { readonly [_ in Name]: string }) : {}

/** The fields that were given, as the API has them. */
export const fieldsOf = (input: SearchInput) => ({
  ...(input.status.length > 0 && { status: input.status }),
  ...given("journey", input.journey),
  ...given("codigo", input.codigo),
  ...given("case", input.case),
  ...given("q", input.q),
  ...given("since", input.since),
  ...given("until", input.until)
})
