import { Effect, Schema } from "effect"

import { json } from "./answer.ts"
import { decodeOrder, InvalidOrder, parseOrder, type Problem } from "./decode.ts"
import { decodeFaultRule } from "./FaultRule.ts"
import type { makeRequestLog } from "./RequestLog.ts"
import type { Answered, FaultOrders, SimRequest } from "./Simulator.ts"

/** One endpoint below `/_sim`. Its result is answered as JSON with status 200. */
export interface Control {
  readonly help: string
  readonly run: (request: SimRequest) => Effect.Effect<unknown, InvalidOrder>
}

/** An endpoint that reads a JSON body. */
export const order = <A>(
  help: string,
  decode: (input: unknown) => Effect.Effect<A, InvalidOrder>,
  run: (order: A) => unknown
): Control => ({
  help,
  run: (request) => parseOrder(request.body).pipe(Effect.flatMap(decode), Effect.map(run))
})

const at = (index: number, problems: ReadonlyArray<Problem>) =>
  new InvalidOrder({ problems: problems.map((problem) => ({ ...problem, field: `${index}.${problem.field}` })) })

/** Reads one order or an array of them. All are decoded before any is carried out. */
export const oneOrMany =
  <A>(decode: (input: unknown) => Effect.Effect<A, InvalidOrder>) =>
  (input: unknown): Effect.Effect<ReadonlyArray<A>, InvalidOrder> =>
    Array.isArray(input)
      ? Effect.forEach(input, (one, index) => Effect.mapError(decode(one), ({ problems }) => at(index, problems)))
      : Effect.map(decode(input), (one) => [one])

const Last = Schema.Struct({
  last: Schema.optionalKey(
    Schema.FiniteFromString.check(
      Schema.isBetween({ minimum: 1, maximum: 10_000 }, { message: "a number from 1 to 10000" })
    )
  )
})

const decodeLast = decodeOrder(Last)

interface Parts {
  readonly vendor: { readonly name: string; readonly controls: Readonly<Record<string, Control>> }
  readonly orders: FaultOrders
  readonly log: ReturnType<typeof makeRequestLog>
  readonly reset: Effect.Effect<void>
}

const common = ({ log, orders, reset }: Parts): Record<string, Control> => ({
  "GET /faults": { help: "the faults on order", run: () => Effect.map(orders.list, (faults) => ({ faults })) },
  "POST /faults": {
    help: "order a fault, or an array of them",
    run: ({ body }) =>
      parseOrder(body).pipe(
        Effect.flatMap(oneOrMany(decodeFaultRule)),
        Effect.flatMap((rules) => Effect.forEach(rules, orders.add)),
        Effect.map((faults) => ({ faults }))
      )
  },
  "DELETE /faults": { help: "cancel all faults", run: () => Effect.as(orders.clear, { faults: [] }) },
  "GET /requests": {
    help: "the last requests, oldest first; ?last=N",
    run: ({ query }) => Effect.map(decodeLast(Object.fromEntries(query)), ({ last }) => ({ requests: log.last(last) }))
  },
  "POST /reset": { help: "back to how it started", run: () => Effect.as(reset, { reset: true }) }
})

/**
 * Answers everything below `/_sim`. A wrong order gets 400 with every problem, an unknown endpoint 404 with the help.
 */
export const makeControl = (parts: Parts): ((request: SimRequest) => Effect.Effect<Answered>) => {
  const controls: Readonly<Record<string, Control>> = { ...common(parts), ...parts.vendor.controls }
  const help = {
    simulator: parts.vendor.name,
    endpoints: Object.fromEntries(
      Object.entries(controls).map(([name, { help }]) => [name.replace(" /", " /_sim/"), help])
    )
  }
  return (request) => {
    const below = request.path.slice("/_sim".length)
    if (request.method === "GET" && (below === "" || below === "/")) return Effect.succeed(json(200, help))
    const control = controls[`${request.method} ${below}`]
    if (control === undefined) return Effect.succeed(json(404, { error: "no such endpoint", ...help }))
    return control.run(request).pipe(
      Effect.map((result) => json(200, result)),
      Effect.catch(({ problems }) => Effect.succeed(json(400, { error: "invalid order", problems })))
    )
  }
}
