import { Effect, Option } from "effect"
import { Argument, Command } from "effect/cli"

import type { OperationShown } from "../api/operations.ts"
import { ProblemFound, WrongUse } from "./exitCodes.ts"
import { json, limitFlag } from "./flags.ts"
import { type OperatorClient, operatorClient } from "./OperatorClient.ts"
import { localTime, note, print, table } from "./output.ts"

type Shown = typeof OperationShown.Type

const progress = ({ done, failures, total }: Shown): string =>
  `${done} of ${total}${failures.length === 0 ? "" : `, ${failures.length} failed`}`

/** One operation for people, with its failures. */
const operationLines = (operation: Shown): ReadonlyArray<string> => [
  `${operation.id}  ${operation.action}  ${operation.state}  ${progress(operation)}`,
  ...table(
    [
      ["by", operation.by],
      ["at", localTime(operation.at)],
      ["reason", operation.reason],
      ...(operation.target === undefined ? [] : [["target", operation.target]]),
      ...(operation.endedAt === undefined ? [] : [["ended", localTime(operation.endedAt)]])
    ],
    "  "
  ),
  ...operation.failures.map(({ id, reason }) => `  FAILED  ${id}  ${reason}`),
  ...(operation.outOfReach ?? []).map((one) => `  out of reach: ${one}`)
]

/** Waits until the operation has ended, and reports its progress on stderr. */
export const followed = Effect.fnUntraced(function* ({ ask }: OperatorClient, id: string) {
  let told = -1
  for (;;) {
    const operation = yield* ask((api) => api.operations.show({ params: { id } }))
    if (operation.state !== "running") return operation
    if (operation.done !== told) yield* note(`${operation.action} ${id}: ${progress(operation)} …`)
    told = operation.done
    yield* Effect.sleep("1 second")
  }
})

/** Prints how an operation ended. Failed items are exit code 1. */
export const reportOperation = Effect.fnUntraced(function* (asJson: boolean, operation: Shown) {
  yield* print(asJson, operation, operationLines(operation))
  const { length } = operation.failures
  if (length > 0) return yield* new ProblemFound({ detail: `${length} of ${operation.total} failed` })
  if (operation.state === "stopped") return yield* new ProblemFound({ detail: "the operation was stopped" })
})

const row = (operation: Shown): ReadonlyArray<string> => [
  localTime(operation.at),
  operation.id,
  operation.action,
  operation.state,
  progress(operation),
  operation.by,
  operation.reason
]

/** `ctx operations [ID] [stop]`: the trail of everything that operators did. */
export const operationsCommand = Command.make(
  "operations",
  {
    id: Argument.String("id").pipe(
      Argument.withDescription("One operation and its failures (default: the list)"),
      Argument.optional
    ),
    action: Argument.Literals("action", ["stop"]).pipe(
      Argument.withDescription("stop: stops it, if it runs (default: only shows it)"),
      Argument.optional
    ),
    limit: limitFlag("Of the list at most so many, the newest, 1 to 200", 50, 200),
    json
  },
  Effect.fnUntraced(function* ({ action, id, json: asJson, limit }) {
    const { ask } = yield* operatorClient
    if (Option.isNone(id)) {
      const page = yield* ask((api) => api.operations.list({ query: { limit } }))
      return yield* print(asJson, page, page.items.length === 0 ? ["no operation yet"] : table(page.items.map(row)))
    }
    if (id.value === "stop") return yield* new WrongUse({ detail: "expected the id of an operation before stop" })
    const params = { id: id.value }
    const operation = yield* ask((api) =>
      Option.isSome(action) ? api.operations.stop({ params }) : api.operations.show({ params })
    )
    yield* print(asJson, operation, operationLines(operation))
  })
).pipe(
  Command.withDescription(
    "List what operators did, show one operation, or stop it (needs the running service: CTX_URL, default http://127.0.0.1:8080, and OPERATOR_TOKEN)"
  ),
  Command.withExamples([
    { command: "npm run ctx -- operations", description: "The newest" },
    { command: "npm run ctx -- operations ID stop", description: "Stop one" }
  ])
)
