import { Effect } from "effect"

const width = 32

/** A progress bar. On a terminal it is redrawn in place, elsewhere it prints a line for each fifth. */
export const makeProgress = (total: number) => {
  let shown = -1
  return (done: number): Effect.Effect<void> =>
    Effect.sync(() => {
      const filled = Math.round((done / total) * width)
      const bar = `  [${"#".repeat(filled)}${".".repeat(width - filled)}] ${done}/${total} ended`
      if (process.stdout.isTTY) {
        process.stdout.write(`\r${bar}${done === total ? "\n" : ""}`)
        return
      }
      const fifth = Math.floor((done * 5) / total)
      if (fifth === shown) return
      shown = fifth
      process.stdout.write(`${bar}\n`)
    })
}
