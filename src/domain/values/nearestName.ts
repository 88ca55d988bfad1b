/**
 * How many characters have to be inserted, deleted, replaced or swapped with their neighbour to turn one text into the
 * other.
 */
const distance = (a: string, b: string): number => {
  let older: ReadonlyArray<number> = []
  let row: ReadonlyArray<number> = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (older[j - 2] ?? 0) + 1 : replaced
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, replaced, swapped))
    }
    ;[older, row] = [row, next]
  }
  return row[b.length] ?? 0
}

/** The known name that this one is most likely meant to be, or `undefined` if none is near. */
export const nearestName = (name: string, known: ReadonlyArray<string>): string | undefined => {
  const near = known.filter(
    (one) => Math.abs(one.length - name.length) <= 2 && distance(name, one) <= (one.length < 9 ? 1 : 2)
  )
  return near.toSorted((a, b) => distance(name, a) - distance(name, b))[0]
}
