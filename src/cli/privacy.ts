import { Effect } from "effect"
import { Argument, Command, Flag } from "effect/cli"

import { switchFlag } from "./flags.ts"
import { followed, reportOperation } from "./operations.ts"
import { operatorClient } from "./OperatorClient.ts"
import { print } from "./output.ts"
import { operationFlags } from "./retry.ts"

const key = Argument.String("key").pipe(
  Argument.withDescription("cliente.id, document (CPF, CNPJ), e-mail or phone of one customer, in any spelling")
)
const reason = Flag.String("reason").pipe(Flag.withDescription("Why, for the trail (no default)"))

/** `ctx privacy export`: JSON is the result, with `--json` or without. */
const exportCommand = Command.make(
  "export",
  { key, reason, json: switchFlag("json", "Changes nothing: what is held is JSON (default: JSON)") },
  Effect.fnUntraced(function* ({ key: name, reason: why }) {
    const { askLong } = yield* operatorClient
    const found = yield* askLong((api) => api.customers.export({ payload: { key: name, reason: why } }))
    yield* print(true, found, [])
  })
).pipe(
  Command.withDescription(
    "Print all that is held of one customer, unmasked, as JSON; the trail records it without the key (needs the running service and the role privacy: CTX_URL, default http://127.0.0.1:8080, and OPERATOR_TOKEN)"
  ),
  Command.withExamples([
    {
      command: "npm run -s ctx -- privacy export joao@example.com --reason 'request 7' > export.json",
      description: "To a file"
    }
  ])
)

const eraseCommand = Command.make(
  "erase",
  { key, reason, ...operationFlags },
  Effect.fnUntraced(function* ({ detach, dryRun, json: asJson, key: name, reason: why }) {
    const client = yield* operatorClient
    const begun = yield* client.askLong((api) =>
      api.operations.begin({ payload: { action: "erase", filter: { customer: name }, reason: why, dryRun } })
    )
    const outOfReach = (begun.outOfReach ?? []).map((one) => `out of reach: ${one}`)
    if (!("id" in begun)) {
      return yield* print(asJson, begun, [`${begun.total} would be erased`, ...outOfReach])
    }
    if (detach) return yield* print(asJson, begun, [`${begun.id}: ${begun.total} are taken`, ...outOfReach])
    yield* reportOperation(asJson, yield* followed(client, begun.id))
  })
).pipe(
  Command.withDescription(
    "Erase one customer: what stays is id, hash and status; it cannot be undone (needs the running service and the role privacy: CTX_URL, default http://127.0.0.1:8080, and OPERATOR_TOKEN)"
  ),
  Command.withExamples([
    {
      command: "npm run ctx -- privacy erase joao@example.com --reason 'request 7' --dry-run",
      description: "Look first"
    }
  ])
)

/** `ctx privacy …`: the rights of a customer by the LGPD. */
export const privacyCommand = Command.make("privacy").pipe(
  Command.withDescription("Export or erase what is held of one customer (LGPD)"),
  Command.withSubcommands([exportCommand, eraseCommand])
)
