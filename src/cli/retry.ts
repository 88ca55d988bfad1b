import { Effect } from "effect"
import { Argument, Command } from "effect/cli"

import { ProblemFound, WrongUse } from "./exitCodes.ts"
import { dryRun, json, reasonFlag, switchFlag } from "./flags.ts"
import { followed, reportOperation } from "./operations.ts"
import { type OperatorClient, operatorClient } from "./OperatorClient.ts"
import { print } from "./output.ts"
import { fieldsOf, searchFlags } from "./searchFlags.ts"

interface PlanItem {
  readonly id: string
  readonly does?: string
  readonly reason?: string
  readonly request?: object
}

interface Plan {
  readonly total: number
  readonly items?: ReadonlyArray<PlanItem>
}

/** One item of a dry run: its id, and what would be done, or why nothing would be. */
const planLines = ({ does, id, reason, request }: PlanItem): ReadonlyArray<string> => [
  `${id}  ${does ?? (reason === undefined ? "" : `NOT: ${reason}`)}`.trimEnd(),
  ...(request === undefined ? [] : [`    ${JSON.stringify(request)}`])
]

/**
 * Prints what an operation would do. If nothing would be done to an item, the exit code is 1, as without `--dry-run`.
 */
const reportPlan = Effect.fnUntraced(function* (asJson: boolean, plan: Plan, head: ReadonlyArray<string>) {
  const { items = [] } = plan
  yield* print(asJson, plan, [...head, ...items.flatMap(planLines)])
  const failures = items.filter(({ does }) => does === undefined).length
  if (failures > 0) return yield* new ProblemFound({ detail: `nothing would be done to ${failures} of ${plan.total}` })
})

/** The flags of every command that begins an operation. */
export const operationFlags = {
  dryRun,
  detach: switchFlag("detach", "Return when the operation is taken (default: wait until it has ended)"),
  json
} as const

type Payload = {
  readonly reason: string
  readonly dryRun: boolean
}

/** For one communication the service returns every body that it would send. Fails at once if nothing is to be done. */
const one = Effect.fnUntraced(function* ({ ask }: OperatorClient, id: string, payload: Payload) {
  const begun = yield* ask((api) => api.retry.retry({ params: { id }, payload }))
  return "operation" in begun
    ? { id: begun.operation, total: 1 }
    : { total: 1, items: begun.steps.map(({ does, step, request }) => planItem(begun.id, `${step}: ${does}`, request)) }
})

const planItem = (id: string, does: string, request: object | undefined): PlanItem => ({
  id,
  does,
  ...(request !== undefined && { request })
})

/** `ctx retry`: the failed steps of communications again. */
export const retryCommand = Command.make(
  "retry",
  {
    ids: Argument.String("id").pipe(
      Argument.withDescription(
        "id_correlacao, Case number, sys_id or message id; several are allowed (default: the filters)"
      ),
      Argument.variadic()
    ),
    ...searchFlags,
    reason: reasonFlag("ctx retry"),
    ...operationFlags
  },
  Effect.fnUntraced(function* ({ detach, dryRun, ids, json: asJson, reason, ...input }) {
    const filter = fieldsOf(input)
    const isFiltered = Object.keys(filter).length > 0
    if (isFiltered === ids.length > 0) {
      return yield* new WrongUse({ detail: "expected either ids or at least one filter such as --codigo HTTP_400" })
    }
    const client = yield* operatorClient
    const [id] = ids
    const begun =
      ids.length === 1 && id !== undefined
        ? yield* one(client, id, { reason, dryRun })
        : yield* client.askLong((api) =>
            api.operations.begin({
              payload: { action: "retry", ...(isFiltered ? { filter } : { ids }), reason, dryRun }
            })
          )
    if (!("id" in begun)) {
      const { total } = begun
      return yield* reportPlan(asJson, begun, [`${total} are selected`])
    }
    if (detach) return yield* print(asJson, begun, [`${begun.id}: ${begun.total} are taken`])
    yield* reportOperation(asJson, yield* followed(client, begun.id))
  })
).pipe(
  Command.withDescription(
    "Run the failed steps of communications again, never a message that may have been sent; exit code 1 when one fails (needs the running service: CTX_URL, default http://127.0.0.1:8080, and OPERATOR_TOKEN)"
  ),
  Command.withExamples([
    { command: "npm run ctx -- retry CS0001005 --dry-run", description: "Look first" },
    { command: "npm run ctx -- retry --codigo HTTP_400 --since 24h --reason 'campaign fixed'", description: "Many" }
  ])
)
