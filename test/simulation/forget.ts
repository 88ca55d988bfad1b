import { Effect } from "effect"

import { fold } from "../../src/domain/communication/State.ts"
import { contentHash } from "../../src/domain/outbound/repeat.ts"
import { forgetIn, idleIn } from "../../src/layers/journal/memory/retention.ts"
import { loadFrom } from "../../src/layers/journal/memory/store.ts"
import { earlierId } from "../support/earlierCase.ts"
import type { World } from "./World.ts"

/** Milliseconds without a fact after which a communication is deleted. */
const retention = 3000

/** Deletes what has ended and is idle, as retention does in another process, however short the time is here. */
export const forgetIdle = ({ context, forgotten, kernel, store, tell }: World): void => {
  for (const { id, seq } of idleIn(store, kernel.now - retention, 100)) {
    const view = store.communications.get(id)?.view
    // Some Case of ours is always known (SPEC 4.3): orders end every minute where they are kept for days.
    if (view === undefined || view.status === "working" || id === earlierId) continue
    const { accepted, response, responses } = fold(Effect.runSyncWith(context)(loadFrom(store, id)))
    const hash = accepted && { hash: contentHash(accepted.order) }
    forgetIn(store, [{ id, seq, ...hash, status: view.status, number: response?.number ?? responses }])
    forgotten.add(id)
    tell(`${id} is deleted`)
  }
}
