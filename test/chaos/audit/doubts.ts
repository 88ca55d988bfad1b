import type { Fact } from "../../../src/domain/communication/Fact.ts"
import type { Injection } from "../Injection.ts"

/** Whether the fault may take a communication away from the process that works on it. */
const cuts = (injection: Injection) => /^(?:kill|SIGSTOP|network|machine|Postgres)/.test(injection.kind)

/** Milliseconds until another process has taken a communication over and found its intent. */
const takeover = 30_000

/** True if the doubt is an intent without an answer. Weni causes other doubts: no answer, 504, a lost connection. */
const wasFound = ({ message }: { readonly message?: string }) => message === "resultado desconhecido"

/** SPEC 5.3: each doubt belongs to an attempt that a fault interrupted, or that Weni did not answer. */
export const doubtViolations = (
  facts: ReadonlyArray<Fact>,
  id: string,
  injections: ReadonlyArray<Injection>
): ReadonlyArray<string> => {
  let intended = 0
  return facts.flatMap((fact) => {
    if (fact._tag === "DispatchIntended") intended = fact.at
    if (fact._tag !== "DispatchSettled" || fact.outcome !== "in_doubt" || !wasFound(fact.response)) return []
    const cut = injections.some(
      (injection) => cuts(injection) && injection.began <= fact.at && injection.ended + takeover >= intended
    )
    return cut ? [] : [`${id}: in doubt, and nothing cut it: ${JSON.stringify(fact.response)}`]
  })
}
