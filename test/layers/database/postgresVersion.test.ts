import { assert, it } from "@effect/vitest"
import { Effect, Exit } from "effect"

import { requireSupported } from "../../../src/layers/database/DatabasePg.ts"

it.effect("CONTRACT DATABASE_URL: Postgres 14 is accepted, 13 is refused with a line that says why", () =>
  Effect.gen(function* () {
    assert.deepStrictEqual(yield* Effect.exit(requireSupported("db:5432/ctx", 140_000)), Exit.void)
    const error = yield* Effect.flip(requireSupported("db:5432/ctx", 130_014))
    assert.strictEqual(error.message, "DATABASE_URL: Postgres 13 at db:5432/ctx; 14 or later is needed")
  })
)
