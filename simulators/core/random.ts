/** A deterministic source of 32-bit unsigned numbers (mulberry32): equal seeds give equal sequences. */
export const makeRandom = (seed: number) => {
  let state = seed >>> 0
  return (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
}

export type Random = ReturnType<typeof makeRandom>

/** 32 hexadecimal digits, the form of a sys_id. */
export const hex32 = (random: Random): string =>
  Array.from({ length: 4 }, () => random().toString(16).padStart(8, "0")).join("")
