import { Effect, Option } from "effect"
import { HttpRouter, HttpServerResponse } from "effect/http"

import { operatorOnly } from "./operator.ts"
import { Vitals } from "./Vitals.ts"

/** Longer than the brokers or the database take while they are there. */
const patience = "20 seconds"

const unavailable = (error: string) => HttpServerResponse.jsonUnsafe({ error }, { status: 503 })

const answer = Effect.gen(function* () {
  const intake = yield* Effect.flatMap(Vitals, (vitals) => vitals.intake)
  if (Option.isNone(intake)) return unavailable("the service waits for its database")
  const audit = yield* Effect.timeoutOption(intake.value.audit, patience)
  return Option.match(audit, {
    onNone: () => unavailable("Kafka or the database does not answer"),
    onSome: (found) => HttpServerResponse.jsonUnsafe(found, { headers: { "cache-control": "no-store" } })
  })
})

/** CONTRACT `GET /api/audit`: 200, or 503 while Kafka or the database is away. */
export const AuditRoute = HttpRouter.add("GET", "/api/audit", operatorOnly(answer))
