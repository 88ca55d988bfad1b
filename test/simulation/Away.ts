import { Clock, Effect } from "effect"

import { json } from "../../simulators/core/answer.ts"
import type { SimAnswer, Simulator } from "../../simulators/core/Simulator.ts"
import type { Dice } from "./Dice.ts"
import type { Absence, Outage } from "./scenario/Scenario.ts"

const answers: Readonly<Record<Absence, SimAnswer>> = {
  refused: "refuse",
  silent: "hang",
  lost: "drop",
  broken: json(503, { error: "away" }),
  unauthorized: json(401, { error: "away" })
}

interface Asked {
  readonly vendor: Outage["vendor"]
  /** Number of the process that sent the request. */
  readonly process: number
  /** Epoch milliseconds. */
  readonly at: number
}

/** Which vendors are unavailable, and the requests that they got meanwhile. */
export class Away {
  /** The requests to an unavailable vendor. */
  readonly asked: Array<Asked> = []
  private readonly outages = new Map<Outage["vendor"], Outage>()
  private readonly dice: Dice
  private readonly ended = { serviceNow: 0, weni: 0 }

  constructor(dice: Dice) {
    this.dice = dice
  }

  /** How many outages have ended. */
  get over(): number {
    return this.ended.serviceNow + this.ended.weni
  }

  begin(outage: Outage): void {
    this.outages.set(outage.vendor, outage)
  }

  end({ vendor }: Outage): void {
    if (this.outages.delete(vendor)) this.ended[vendor]++
  }

  is(vendor: Outage["vendor"]): boolean {
    return this.outages.has(vendor)
  }

  /** The vendor as one process reaches it, whether or not it is unavailable. */
  vendor(name: Outage["vendor"], vendor: Simulator, process: number): Simulator {
    return {
      ...vendor,
      handle: (request) =>
        Effect.suspend(() => {
          const outage = this.outages.get(name)
          return outage === undefined || this.dice.chance(outage.flicker)
            ? vendor.handle(request)
            : this.met(outage, vendor.handle(request), process)
        })
    }
  }

  private met({ absences, effect, late, vendor }: Outage, carriedOut: Effect.Effect<SimAnswer>, process: number) {
    const { dice } = this
    const absence = dice.pick(absences)
    const answer = answers[absence]
    const mayHappen = (absence === "silent" || absence === "lost") && dice.chance(effect)
    const work = mayHappen ? Effect.forkDetach(Effect.delay(carriedOut, dice.between(0, late))) : Effect.void
    return Effect.gen({ self: this }, function* () {
      this.asked.push({ vendor, process, at: yield* Clock.currentTimeMillis })
      yield* work
      return answer
    })
  }
}
