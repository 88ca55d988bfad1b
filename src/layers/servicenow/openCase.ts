import { Effect } from "effect"

import { type NewCase, type OpenedCase, Unreadable } from "../../services/ServiceNow.ts"
import type { Settings } from "../../services/Settings.ts"
import { attribute } from "../../telemetry/names.ts"
import { annotated, traced } from "../../telemetry/traced.ts"
import { isObject } from "../http/readJson.ts"
import type { Attempt, AttemptReason, Turn } from "./attempt.ts"
import { createOnce, type NotAnnounced } from "./createOnce.ts"
import { echoAvisos } from "./echo.ts"
import { tablePath } from "./encodedQuery.ts"
import { heldBy } from "./held.ts"
import { caseTable, type FoundCase, makeLookForCase } from "./lookForCase.ts"
import { makePace } from "./retry.ts"
import { textOf } from "./row.ts"
import type { Looked } from "./settle.ts"

/** SPEC 4.3: a found Case has status 200. */
const found = ({ count, held, number, sysId }: FoundCase): OpenedCase => ({
  ...held,
  sysId,
  number,
  status: 200,
  avisos: count > 1 ? [`${count} Cases com o mesmo u_id_correlacao; usado o mais antigo`] : []
})

const asOpened = (looked: Looked<FoundCase>): Looked<OpenedCase> =>
  looked._tag === "Found" ? { _tag: "Found", found: found(looked.found) } : looked

/** `ServiceNow.openCase` (SPEC 4). */
export const makeOpenCase = (attempt: Attempt, settings: Settings["Service"]) => {
  const cases = makeLookForCase(attempt)

  const post = Effect.fnUntraced(function* (
    body: NewCase["body"],
    turn: Turn,
    onSending: Effect.Effect<void, NotAnnounced>
  ): Effect.fn.Return<OpenedCase, AttemptReason | NotAnnounced> {
    const { result, status } = yield* attempt({ method: "POST", path: tablePath(caseTable), body, onSending }, turn)
    const row = isObject(result) ? result : {}
    const opened = { sysId: textOf(row.sys_id), number: textOf(row.number) }
    if (opened.sysId === "" || opened.number === "") {
      return yield* new Unreadable({ status, detail: "a resposta não tem result.sys_id e result.number" })
    }
    cases.noteField([row])
    return { ...opened, ...heldBy(row), status, avisos: echoAvisos("Case", body, row) }
  })

  return Effect.fnUntraced(function* <E>(input: NewCase<E>) {
    yield* annotated(() => ({ [attribute.correlationId]: input.id }))
    const opened = yield* createOnce({
      pace: makePace("openCase", settings),
      timeout: settings.serviceNow.timeout,
      inDoubtSince: input.inDoubt ? input.intendedAt : undefined,
      announcedAt: input.intendedAt,
      renewIntent: input.renewIntent,
      post: (turn, onSending) => post(input.body, turn, onSending),
      look: (turn) => Effect.map(cases.look(input.id, turn), asOpened)
    })
    yield* annotated(() => ({ [attribute.caseNumber]: opened.number, [attribute.caseSysId]: opened.sysId }))
    return opened
  }, traced("ServiceNow.openCase"))
}
