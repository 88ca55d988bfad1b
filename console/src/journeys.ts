import { get } from "./api/client.ts"
import type { JourneyShown } from "./api/types.ts"
import { type Loaded, useLoad } from "./load.ts"

interface Journeys {
  readonly items: ReadonlyArray<JourneyShown>
}

/** The journeys in force. */
export const useJourneys = (): Loaded<Journeys> =>
  useLoad("journeys", (signal) => get<Journeys>("/api/journeys", signal))
