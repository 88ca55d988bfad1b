import { Effect } from "effect"
import { Argument, Command, Flag } from "effect/cli"

import type { Audit } from "../programs/upkeep/audit.ts"
import { auditLines } from "./audit.ts"
import { WrongUse } from "./exitCodes.ts"
import { json } from "./flags.ts"
import { operatorClient } from "./OperatorClient.ts"
import { print } from "./output.ts"

/** `TOPIC/PARTITION/FIRST[-LAST]`, in later logs of the partition with `~2`, `~3` … behind. */
const placePattern = /^([^/~]+)\/(\d+)\/(\d+)(?:-(\d+))?(?:~(\d+))?$/

const readPlace = (text: string) => {
  const [, topic, partition, first, last = first, generation] = placePattern.exec(text) ?? []
  return topic === undefined
    ? undefined
    : {
        topic,
        partition: Number(partition),
        first: Number(first),
        last: Number(last),
        ...(generation !== undefined && { generation: Number(generation) })
      }
}

/** `ctx settle PLACE --reason TEXT`: records without an ending that somebody has dealt with (SPEC 9.7). */
export const settleCommand = Command.make(
  "settle",
  {
    place: Argument.String("place").pipe(
      Argument.withDescription(
        "topic/partition/offset or topic/partition/first-last, as ctx audit names them; with ~2 behind for a later log"
      )
    ),
    reason: Flag.String("reason").pipe(Flag.withDescription("What was done about them, for the trail (no default)")),
    json
  },
  Effect.fnUntraced(function* ({ json: asJson, place, reason }) {
    const offsets = readPlace(place)
    if (offsets === undefined) {
      return yield* new WrongUse({
        detail: `expected topic/partition/offset or topic/partition/first-last, read ${place}`
      })
    }
    const { ask } = yield* operatorClient
    const found: Audit = yield* ask((api) => api.audit.settle({ payload: { ...offsets, reason } }))
    yield* print(asJson, found, auditLines(found))
  })
).pipe(
  Command.withDescription(
    "Tell the ledger that somebody has dealt with records that ctx audit names as UNACCOUNTED; the service does nothing with them (needs the running service: CTX_URL, default http://127.0.0.1:8080, and OPERATOR_TOKEN)"
  ),
  Command.withExamples([
    {
      command: "npm run ctx -- settle comunicacaoTransacional/3/4711-4715 --reason 'the producer has sent them again'",
      description: "Five records that Kafka had deleted before they were read"
    }
  ])
)
