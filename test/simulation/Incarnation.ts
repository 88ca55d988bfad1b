import { Context, Effect, Exit, Fiber, Layer, Scope } from "effect"

import { withinBudget } from "../../src/http/operator/RunningService.ts"
import { KafkaMemoryBroker } from "../../src/layers/kafka/memory/KafkaMemory.ts"
import type { Around } from "../support/interposed.ts"
import { serviceLayer } from "../support/serviceLayer.ts"
import { beat, ownershipAlone } from "./Locks.ts"
import { Machine } from "./Machine.ts"
import type { OperatorProcess, OperatorServices } from "./OperatorProcess.ts"
import { outsideOf } from "./outside.ts"
import type { World } from "./World.ts"

/** Calls that a sweep makes each second in any case. A crash at them would show nothing. */
const looks = new Set(["Journal.dueBefore", "Journal.claimable", "Journal.orphans", "Operations.next"])

/** Calls without a defect, because they belong to no record's work (SPEC 9.7). */
const sound = new Set([...looks, "Journal.beginLedger", "Journal.passOver"])

/** One process of the service. */
export interface Incarnation extends OperatorProcess {
  readonly number: number
  readonly machine: Machine
  /** Ends it as `kill -9` does. Requests that it has sent still arrive. */
  kill(): void
  /** The brokers remove it from the group, because its session has timed out. */
  expelled(): void
  /** It joins the group again. */
  returns(): void
  /** For a process that works alone: a successor has its locks. Its leases are invalid at once, and its next heartbeat reports the loss. */
  superseded(): void
  /** Stops it as SIGTERM does. `done` is called when all of its scopes are closed. */
  stop(done: () => void): void
}

/** Calls that wait for the database. */
const ofDatabase = /^(Journal|CustomerCreations|Operations|Redrives)\./

const ourFault = Effect.die(new Error("our own fault"))

/** The effect, which sometimes dies before or after it runs. */
const defective = <A, E>(world: World, call: string, effect: Effect.Effect<A, E>): Effect.Effect<A, E> => {
  if (sound.has(call) || world.defects === 0 || !world.dice.chance(world.defects)) return effect
  return world.dice.chance(0.5) ? ourFault : Effect.andThen(effect, ourFault)
}

/** Starts a process, `beside` others or alone. `boundary` is called before and after each of its outside calls, with a count from 1. */
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
      if (call === "Operations.get") world.begun.push(kernel.now)
      const edge = () => {
        if (!isLook && !machine.dead) boundary(++boundaries)
      }
      const latency = () =>
        isLook ? 0 : dice.between(0, 30) + (call === "Http.send" ? 0 : dice.below(world.slowness + 1))
      const begin = () => {
        const passed = ofDatabase.test(call) ? Effect.andThen(world.database.passed, effect) : effect
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
    journeys: world.journeys,
    settings: world.settings
  })
  const service = layer.pipe(Layer.provide(Layer.succeed(KafkaMemoryBroker, brokers)))
  let services: Context.Context<OperatorServices> | undefined
  Effect.runForkWith(context)(Layer.buildWithScope(service, scope)).addObserver((exit) => {
    if (Exit.isSuccess(exit)) services = exit.value
    else if (!machine.dead) throw new Error(`process ${number} does not start: ${exit.cause}`)
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
  const perform: Incarnation["perform"] = (program, done) =>
    machine.enter(() => {
      if (services === undefined) return
      const answered = withinBudget(Effect.provideContext(program, services))
      Effect.runForkWith(context)(Effect.flatMap(Effect.forkIn(answered, scope), Fiber.await)).addObserver((exit) => {
        if (Exit.isSuccess(exit)) done(exit.value)
      })
    })
  const incarnation: Incarnation = {
    number,
    machine,
    get answers() {
      return services !== undefined && machine.isRunning
    },
    perform,
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
      services = undefined
      machine.enter(() => Effect.runForkWith(context)(Scope.close(scope, Exit.void)).addObserver(done))
    }
  }
  world.processes.push(incarnation)
  return incarnation
}
