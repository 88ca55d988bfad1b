import { Effect, Exit, Layer, Scope } from "effect"

import { KafkaMemoryBroker } from "../../src/layers/kafka/memory/KafkaMemory.ts"
import type { Around } from "../support/interposed.ts"
import { serviceLayer } from "../support/serviceLayer.ts"
import { beat, ownershipAlone } from "./Locks.ts"
import { Machine } from "./Machine.ts"
import { outsideOf } from "./outside.ts"
import { journeys } from "./scenario/journeys.ts"
import type { World } from "./World.ts"

/** What a sweep asks each second, whatever happens: no boundary worth dying at. */
const looks = new Set(["Journal.dueBefore", "Journal.claimable", "Journal.orphans", "Operations.next"])

/** What must not fail: no record's work is about it (SPEC 9.7). */
const sound = new Set([...looks, "Journal.beginLedger", "Journal.passOver"])

/** One process of the service. */
export interface Incarnation {
  readonly number: number
  readonly machine: Machine
  /** Nothing of it happens any more, but what it had sent. */
  kill(): void
  /** The brokers have not heard of it for too long. */
  expelled(): void
  /** The brokers hear of it again. */
  returns(): void
  /** Where it works alone: a successor has its locks. It holds nothing any more, and hears by its next beat that they are lost. */
  superseded(): void
  /** As by SIGTERM; `done` is called when everything has let go. */
  stop(done: () => void): void
}

const ourFault = Effect.die(new Error("our own fault"))

/** Now and then it dies before or after what it does. */
const defective = <A, E>(world: World, call: string, effect: Effect.Effect<A, E>): Effect.Effect<A, E> => {
  if (sound.has(call) || world.defects === 0 || !world.dice.chance(world.defects)) return effect
  return world.dice.chance(0.5) ? ourFault : Effect.andThen(effect, ourFault)
}

/** Starts a process, `beside` others or alone; `boundary` is told before and after each of its calls to the outside, with their number from 1. */
export const incarnate = (
  world: World,
  number: number,
  beside: boolean,
  boundary: (count: number) => void
): Incarnation => {
  const { broker, dice, kernel } = world
  const machine = new Machine(kernel)
  world.machines.push(machine)
  const context = machine.context(dice.fork())
  const runOutside = Effect.runForkWith(world.context)
  let boundaries = 0

  const around: Around = (call, effect) =>
    Effect.callback((resume) => {
      const isLook = looks.has(call)
      const edge = () => {
        if (!isLook && !machine.dead) boundary(++boundaries)
      }
      const latency = () =>
        isLook ? 0 : dice.between(0, 30) + (call === "Http.send" ? 0 : dice.below(world.slowness + 1))
      const begin = () => {
        const passed = call.startsWith("Journal.") ? Effect.andThen(world.database.passed, effect) : effect
        runOutside(defective(world, call, passed)).addObserver((exit) => {
          kernel.at(kernel.now + latency(), () => {
            world.inFlight--
            machine.enter(() => {
              edge()
              machine.enter(() => resume(exit))
            })
          })
        })
      }
      edge()
      const send = () => {
        if (call === "Journal.stillParked" && world.away.is("serviceNow")) world.vainLooks.push(kernel.now)
        world.inFlight++
        kernel.at(kernel.now + latency(), begin)
      }
      machine.enter(() => {
        // A process that dies while it connects has sent nothing.
        if (call !== "Http.send" || world.connecting === 0) send()
        else kernel.at(kernel.now + dice.below(world.connecting), () => machine.enter(send))
      })
    })

  const brokers = KafkaMemoryBroker.of({ ...broker, clients: new Set() })
  const scope = Effect.runSyncWith(context)(Scope.make())
  const locks = world.locks.processOn(machine)
  const alone = ownershipAlone(number === 1)
  const layer = serviceLayer({
    ownership: beside ? locks.layer : alone.layer,
    outside: outsideOf(world, number),
    around,
    journeys,
    settings: world.settings
  })
  const service = layer.pipe(Layer.provide(Layer.succeed(KafkaMemoryBroker, brokers)))
  Effect.runForkWith(context)(Layer.buildWithScope(service, scope)).addObserver((exit) => {
    if (Exit.isFailure(exit) && !machine.dead) throw new Error(`process ${number} does not start: ${exit.cause}`)
  })
  world.tell(`process ${number} starts`)

  const expelled = () => {
    for (const client of brokers.clients) for (const drop of client.members) drop()
  }
  const kill = () => {
    if (machine.dead) return
    world.tell(`process ${number} is dead`)
    machine.kill()
    locks.died()
    for (const client of brokers.clients) client.alive = false
    expelled()
  }
  return {
    number,
    machine,
    kill,
    expelled,
    returns: () => {
      for (const client of brokers.clients) for (const comeBack of client.returning) comeBack()
    },
    superseded: () => {
      alone.unproven()
      kernel.at(kernel.now + dice.between(0, beat), () => machine.enter(alone.lost))
    },
    stop: (done) => {
      world.tell(`process ${number} stops`)
      machine.enter(() => Effect.runForkWith(context)(Scope.close(scope, Exit.void)).addObserver(done))
    }
  }
}
