/** Runs at most `most` of the given works at once, in the order of the calls. */
export const makeLimit = (most: number) => {
  const queue: Array<() => void> = []
  let running = 0
  return async <A>(work: () => Promise<A>): Promise<A> => {
    if (running >= most) await new Promise<void>((begin) => queue.push(begin))
    else running++
    try {
      return await work()
    } finally {
      const next = queue.shift()
      if (next === undefined) running--
      else next()
    }
  }
}
