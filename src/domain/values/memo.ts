/**
 * Caches the results of a pure function in memory. The cache is cleared when it holds `capacity` results. Clearing all
 * of them costs one more call for each argument in use, and avoids tracking the order of use.
 */
export const memo = <Argument extends string | number, Result>(
  capacity: number,
  compute: (argument: Argument) => Result
): ((argument: Argument) => Result) => {
  const known = new Map<Argument, { readonly result: Result }>()
  return (argument) => {
    const found = known.get(argument)
    if (found !== undefined) return found.result
    const result = compute(argument)
    if (known.size >= capacity) known.clear()
    known.set(argument, { result })
    return result
  }
}

/**
 * The parts joined to one flat text, for values that are written as JSON. V8 stores a longer text from `+` or a
 * template as its pieces, and one such text makes `JSON.stringify` take twice as long for the whole value.
 */
export const inOnePiece = (...parts: ReadonlyArray<string | number>): string => parts.join("")
