import { Context } from "effect"

import type { Journey } from "../domain/journeys/Journey.ts"

/** The journeys file, read and checked at start (CONTRACT "Journeys file"). */
export class Journeys extends Context.Service<
  Journeys,
  {
    /** The journey of this name, else the file's `default`, else `undefined` (SPEC 2.6). */
    find(name: string): Journey | undefined
    /** True for a name that the file itself holds: what metrics may show. */
    has(name: string): boolean
  }
>()("brom-ctx/services/Journeys") {}
