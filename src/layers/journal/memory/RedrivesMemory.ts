import { Effect, Layer } from "effect"

import { type LetterKey, type Redrive, Redrives } from "../../../services/Redrives.ts"

const keyOf = ({ offset, partition, timestamp, topic }: LetterKey): string =>
  `${topic}/${partition}/${offset}@${timestamp}`

/** The redrives of one database. */
type RedriveStore = Map<string, Redrive>

export const makeRedriveStore = (): RedriveStore => new Map()

/** The record of redrives in `rows`, which outlives the layer. */
export const redrivesMemory = (rows: RedriveStore): Layer.Layer<Redrives> =>
  Layer.sync(Redrives, () => {
    return Redrives.of({
      known: (letters) => Effect.sync(() => letters.map((letter) => rows.get(keyOf(letter)))),
      begin: (letters, at, again) =>
        Effect.sync(() =>
          letters.map((letter) => {
            const known = rows.get(keyOf(letter))
            if (known !== undefined && !again) return known
            rows.set(keyOf(letter), { ...known, begunAt: at })
            return undefined
          })
        ),
      done: (letters, at) =>
        Effect.sync(() => {
          for (const letter of letters) {
            const known = rows.get(keyOf(letter))
            if (known !== undefined) rows.set(keyOf(letter), { ...known, doneAt: at })
          }
        }),
      undo: (letters) =>
        Effect.sync(() => {
          for (const key of letters.map(keyOf)) if (rows.get(key)?.doneAt === undefined) rows.delete(key)
        })
    })
  })

/** The same, empty for each build. */
export const RedrivesMemory = Layer.suspend(() => redrivesMemory(makeRedriveStore()))
