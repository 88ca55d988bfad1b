import { Effect } from "effect"

import { erasedId } from "../../../src/domain/personal/erasedId.ts"
import type { OperationItem } from "../../../src/services/Operations.ts"
import type { Parked } from "../../../src/services/ParkedEvents.ts"
import { orderNumberOf } from "../scenario/conversations.ts"
import type { World } from "../World.ts"
import type { Observed } from "./Observed.ts"

/** What the database still has of a communication besides its facts. */
const tracesOf = ({ store }: World, id: string): ReadonlyArray<string> => [
  ...(store.communications.has(id) ? ["its facts"] : []),
  ...([...store.names.values()].some((ids) => ids.has(id)) ? ["a name"] : []),
  ...(store.terms.has(id) ? ["terms"] : []),
  ...(store.codigos.has(id) ? ["codigos"] : [])
]

/** SPEC 10.4: call it when the communication is erased. */
export const sawErased = (world: World, id: string): void => {
  world.erased.set(id, world.kernel.now)
  world.tell(`${id} is erased`)
  for (const trace of tracesOf(world, id)) world.seen.push(`${id} was erased, and left ${trace}`)
}

const parkedPrefix = "parked:"

/** The events that waited for the communication before it was erased. */
const waitedFor = ({ parkedAt, store }: World, id: string, erasedAt: number): ReadonlyArray<string> =>
  [...store.parked.values()].flatMap((text) => {
    const { key, names }: Parked = JSON.parse(text)
    const isOf = names.some(({ kind, value }) => kind === "id" && value === id)
    return isOf && (parkedAt.get(key) ?? 0) < erasedAt ? [key] : []
  })

/** Call it when an operation begins. A parked event that it erases is missing if its communication stays. */
export const sawOrdered = (world: World, items: ReadonlyArray<string>): void => {
  const cases = Effect.runSyncWith(world.context)(world.serviceNow.cases)
  for (const item of items) {
    const text = item.startsWith(parkedPrefix) ? world.store.parked.get(item.slice(parkedPrefix.length)) : undefined
    if (text === undefined) continue
    const { names }: Parked = JSON.parse(text)
    for (const { value } of names) {
      const theCase = cases.find(({ number }) => number === value)
      world.robbed.add(theCase?.fields.u_num_pedido ?? orderNumberOf(value))
    }
  }
}

/** SPEC 10.4: call it when an item of an operation is done. */
export const sawFinished = (world: World, { id: item, operation }: OperationItem): void => {
  if (operation.action !== "erase") return
  const parked = item.startsWith(parkedPrefix) && item.slice(parkedPrefix.length)
  if (parked !== false) {
    if (world.store.parked.has(parked)) world.seen.push(`${item} was told as erased, and is there`)
    return
  }
  const found = [...world.erased].find(([id]) => item === id || item.endsWith(`:${erasedId(id)}`))
  if (found === undefined) return void world.seen.push(`${item} was told as erased, and was not`)
  for (const key of waitedFor(world, ...found)) world.seen.push(`${found[0]} was erased, and ${key} waits for it`)
}

/** Everything that is kept besides the communications, for records that had ended earlier. */
const keptBeside = ({ store: { forgotten, operations, records } }: World, before: number): string =>
  JSON.stringify([
    [...records.values()].filter(({ at }) => at < before),
    ...[forgotten, operations].map((all) => Array.from<unknown>(all))
  ])

const ofErased = (world: World, { responses }: Observed, id: string, at: number): ReadonlyArray<string> => {
  const kept = erasedId(id)
  const own = responses.filter(
    ({ erro, evento, id_correlacao }) => id_correlacao === id && evento === "comunicacao" && erro === undefined
  )
  const isUnanswered = own.length > 0 && own.every(({ duplicado }) => duplicado === true)
  return [
    ...tracesOf(world, id).map((trace) => `left ${trace}, or has it again`),
    ...(world.store.forgotten.get(kept)?.erased === true ? [] : ["is not remembered"]),
    ...(kept !== id && keptBeside(world, at).includes(id) ? ["left its id"] : []),
    ...(isUnanswered ? ["had no answer before"] : [])
  ]
}

/** SPEC 10.4: an erased communication is gone, never starts again, and had its responses before. */
export const erasedViolations = (world: World, observed: Observed): ReadonlyArray<string> => {
  const found: Array<string> = []
  for (const [id, at] of world.erased) {
    for (const what of ofErased(world, observed, id, at)) found.push(`${id} was erased, and ${what}`)
  }
  return found
}
