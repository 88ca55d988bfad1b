import { type Incarnation, incarnate } from "./Incarnation.ts"
import type { Fate } from "./scenario/fates.ts"
import type { World } from "./World.ts"

/** The processes of one run: each meets its fate, and the next one starts. */
export const makeSuccession = (world: World, fates: ReadonlyArray<Fate>) => {
  const { kernel } = world
  const living = new Set<Incarnation>()
  let started = 0
  let boundaries = 0
  let troubled = true

  const later = (millis: number, run: () => void) => kernel.at(kernel.now + millis, run)

  const end = (incarnation: Incarnation) => {
    incarnation.kill()
    living.delete(incarnation)
  }

  const startNext = () => {
    if (![...living].some(({ machine }) => machine.isRunning)) start()
  }

  const takenOver = (incarnation: Incarnation, fate: Fate & { readonly kind: "takeover" }) => {
    world.tell(`process ${incarnation.number} stands still`)
    incarnation.machine.freeze()
    incarnation.expelled()
    later(fate.next, startNext)
    later(fate.thaw, () => {
      if (incarnation.machine.dead) return
      world.tell(`process ${incarnation.number} goes on`)
      incarnation.machine.thaw()
    })
    later(fate.thaw + fate.dies, () => {
      end(incarnation)
      startNext()
    })
  }

  const meet = (incarnation: Incarnation, fate: Fate) => {
    if (!troubled || incarnation.machine.dead) return
    switch (fate.kind) {
      case "crash":
        end(incarnation)
        later(fate.next, startNext)
        return
      case "stop": {
        const gone = () => {
          if (!living.has(incarnation)) return
          end(incarnation)
          later(fate.next, startNext)
        }
        incarnation.stop(gone)
        // What does not end in time is left behind (SPEC 9.4).
        later(world.settings.shutdownGrace, gone)
        return
      }
      case "takeover":
        takenOver(incarnation, fate)
    }
  }

  const start = () => {
    const fate = fates[started]
    const atBoundary = fate !== undefined && "boundary" in fate.when ? fate.when.boundary : 0
    const number = ++started
    const incarnation: Incarnation = incarnate(world, number, (count) => {
      if (number === 1) boundaries = count
      if (count === atBoundary && fate !== undefined) meet(incarnation, fate)
    })
    living.add(incarnation)
    if (fate !== undefined && "after" in fate.when) later(fate.when.after, () => meet(incarnation, fate))
  }

  return {
    start,
    /** How many the first one has reached. */
    boundaries: () => boundaries,
    /** The one that works, after `calm`. */
    last: () => [...living].at(-1),
    /** No process meets any further fate. */
    calm: () => {
      troubled = false
    },
    /** One works, and nothing of a former one is left. */
    isSettled: () => living.size === 1 && [...living].every(({ machine }) => machine.isRunning)
  }
}
