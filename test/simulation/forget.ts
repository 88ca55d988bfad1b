import { fold } from "../../src/domain/communication/State.ts"
import { contentHash } from "../../src/domain/outbound/repeat.ts"
import { forgetIn, idleIn } from "../../src/layers/journal/memory/retention.ts"
import { earlierId } from "../support/earlierCase.ts"
import { storedFacts, type World } from "./World.ts"

/** Milliseconds without a fact after which a communication is deleted. */
const retention = 3000

/** Deletes ended, idle communications as retention does in another process, but after a much shorter time. */
export const forgetIdle = (world: World): void => {
  const { forgotten, kernel, store, tell } = world
  for (const { id, seq } of idleIn(store, kernel.now - retention, 100)) {
    const view = store.communications.get(id)?.view
    // In production a Case of ours is always known (SPEC 4.3), because orders end every minute and are kept for days.
    if (view === undefined || view.status === "working" || id === earlierId) continue
    const { accepted, response, responses } = fold(storedFacts(world, id))
    const hash = accepted && { hash: contentHash(accepted.order) }
    forgetIn(store, [{ id, seq, ...hash, status: view.status, number: response?.number ?? responses }])
    forgotten.add(id)
    tell(`${id} is deleted`)
  }
}
