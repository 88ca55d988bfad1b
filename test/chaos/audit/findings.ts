import { humanGroup } from "../../integration/support/customers.ts"
import { caseViolations } from "../../simulation/invariants/cases.ts"
import { conversationViolations } from "../../simulation/invariants/conversations.ts"
import { contentViolations, endViolations } from "../../simulation/invariants/records.ts"
import type { Injection } from "../Injection.ts"
import type { Traffic } from "../traffic.ts"
import { doubtViolations } from "./doubts.ts"
import type { Evidence } from "./read.ts"

/** Everything that is wrong, by kind. Every list should be empty. */
export interface Findings {
  /** Records without their ending, responses or dead letter. */
  readonly lost: ReadonlyArray<string>
  readonly secondCases: ReadonlyArray<string>
  readonly secondDispatches: ReadonlyArray<string>
  readonly doubledNotes: ReadonlyArray<string>
  /** Each `id_resposta` with two contents. */
  readonly contents: ReadonlyArray<string>
  /** Responses that differ from the outcome, and Cases that differ from what their events demand. */
  readonly untrue: ReadonlyArray<string>
  /** Dispatches in doubt whose attempt no fault had interrupted. */
  readonly doubts: ReadonlyArray<string>
}

const several = <A>(values: ReadonlyArray<A>, nameOf: (value: A) => string | undefined, what: string) =>
  [...Map.groupBy(values, nameOf)].flatMap(([name, same]) =>
    name === undefined || same.length === 1 ? [] : [`${name}: ${same.length} ${what}`]
  )

/** True for a failure's note, which is written again on purpose after a late older statement (SPEC 8.5, 8.6). */
const mayReturn = (note: string) => note.startsWith("Falha no envio do WhatsApp")

const doubledNotes = ({ cases }: Evidence) =>
  cases.flatMap(({ fields, notes }) =>
    several(
      notes.filter((note) => !mayReturn(note)),
      (note) => note,
      "times this note"
    ).map((text) => `${fields["u_id_correlacao"]}: ${text}`)
  )

/** Deliveries that no topic has: they were lost before they reached the service. */
const neverTaken = ({ arrived }: Evidence, { deliveries }: Traffic) => {
  const taken = new Set(arrived.map(({ value }) => value))
  return deliveries.flatMap(({ value }, number) => (taken.has(value) ? [] : [`delivery ${number} is in no topic`]))
}

/** Compares what is visible from outside with the promises (SPEC 9.3). */
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
