import type { Overrides } from "./settings.ts"

/** The two kinds of actors (DESIGN "One actor per communication"), each with the settings that make a process have it. */
export const actorKinds: ReadonlyArray<readonly [kind: string, settings: Overrides]> = [
  ["of a process alone", {}],
  ["of replicas", { runner: { host: "127.0.0.1", port: 34_431 } }]
]
