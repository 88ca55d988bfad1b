import type { Fact } from "../../../src/domain/communication/Fact.ts"
import type { Injection } from "../Injection.ts"

/** What takes a communication away from the process that works on it. */
const cuts = (injection: Injection) => /^(?:kill|SIGSTOP|network|machine|Postgres)/.test(injection.kind)

/** Milliseconds: taken over, and found by whom it was taken over. */
const takeover = 30_000

/** An intent that was found without its answer; other doubts are Weni's: no answer, 504, a lost connection. */
const wasFound = ({ message }: { readonly message?: string }) => message === "resultado desconhecido"

/** SPEC 5.3: each doubt is of an attempt that was under way when something cut it, or that Weni never answered. */
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
