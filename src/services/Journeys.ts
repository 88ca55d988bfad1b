import { Context } from "effect"

import type { Journey } from "../domain/journeys/Journey.ts"

/** The journeys file, read and checked at start (CONTRACT "Journeys file"). */
export class Journeys extends Context.Service<
  Journeys,
  {
    /** Returns the journey of this name, otherwise the file's `default`, otherwise `undefined` (SPEC 2.6). */
    find(name: string): Journey | undefined
    /** True for a name in the file itself. Metrics may show such names only. */
    has(name: string): boolean
    /** Every journey of the file. */
    readonly all: ReadonlyArray<Journey>
  }
>()("brom-ctx/services/Journeys") {}
