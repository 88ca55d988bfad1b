/** Rejects with `late` if the answer takes longer than so many milliseconds. */
export const inTime = async <A>(answer: Promise<A>, millis: number, late: () => Error): Promise<A> => {
  const { promise: over, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(late()), millis)
  try {
    return await Promise.race([answer, over])
  } finally {
    clearTimeout(timer)
  }
}

/** The error of a request that has no answer in time. `broker` is its address, if it is known. */
export const lateAnswer = (millis: number, broker?: string): Error =>
  Object.assign(new Error(`no answer in ${millis} ms`), { name: "Timeout", ...(broker !== undefined && { broker }) })
