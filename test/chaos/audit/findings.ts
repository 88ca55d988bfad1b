import { humanGroup } from "../../integration/support/customers.ts"
import { caseViolations } from "../../simulation/invariants/cases.ts"
import { conversationViolations } from "../../simulation/invariants/conversations.ts"
import { contentViolations, endViolations } from "../../simulation/invariants/records.ts"
import type { Injection } from "../Injection.ts"
import type { Traffic } from "../traffic.ts"
import { doubtViolations } from "./doubts.ts"
import type { Evidence } from "./read.ts"

/** What is wrong, by what it means; every list should be empty. */
export interface Findings {
  /** Records without their ending, answers or dead letter. */
  readonly lost: ReadonlyArray<string>
  readonly secondCases: ReadonlyArray<string>
  readonly secondDispatches: ReadonlyArray<string>
  readonly doubledNotes: ReadonlyArray<string>
  /** One `id_resposta` with two contents. */
  readonly contents: ReadonlyArray<string>
  /** What was told is not what is, or the Case is not as its events leave it. */
  readonly untrue: ReadonlyArray<string>
  /** Dispatches in doubt whose attempt nothing had cut. */
  readonly doubts: ReadonlyArray<string>
}

const several = <A>(values: ReadonlyArray<A>, nameOf: (value: A) => string | undefined, what: string) =>
  [...Map.groupBy(values, nameOf)].flatMap(([name, same]) =>
    name === undefined || same.length === 1 ? [] : [`${name}: ${same.length} ${what}`]
  )

/** The note of a failure that an older one had overtaken is written again (SPEC 8.5, 8.6): its own text, by intent. */
const mayReturn = (note: string) => note.startsWith("Falha no envio do WhatsApp")

const doubledNotes = ({ cases }: Evidence) =>
  cases.flatMap(({ fields, notes }) =>
    several(
      notes.filter((note) => !mayReturn(note)),
      (note) => note,
      "times this note"
    ).map((text) => `${fields["u_id_correlacao"]}: ${text}`)
  )

/** A delivery that no topic holds was lost before the service. */
const neverTaken = ({ arrived }: Evidence, { deliveries }: Traffic) => {
  const taken = new Set(arrived.map(({ value }) => value))
  return deliveries.flatMap(({ value }, number) => (taken.has(value) ? [] : [`delivery ${number} is in no topic`]))
}

/** Holds what can be seen from outside against the promises (SPEC 9.3). */
export const findingsOf = (evidence: Evidence, traffic: Traffic, injections: ReadonlyArray<Injection>): Findings => ({
  lost: [...neverTaken(evidence, traffic), ...endViolations(evidence)],
  secondCases: several(evidence.cases, ({ fields }) => fields["u_id_correlacao"], "Cases"),
  secondDispatches: several(evidence.accepted, ({ idContexto }) => idContexto, "accepted dispatches"),
  doubledNotes: doubledNotes(evidence),
  contents: contentViolations(evidence),
  untrue: traffic.conversations.flatMap((conversation) => [
    ...conversationViolations(evidence, conversation),
    ...caseViolations(evidence, conversation, humanGroup)
  ]),
  doubts: traffic.conversations.flatMap(({ id }) => doubtViolations(evidence.facts(id), id, injections))
})
