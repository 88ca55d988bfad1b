/**
 * Groups what shares a name, directly or over others. Returns the positions of each group, in order. Takes as long as
 * there are names.
 */
export const groupByNames = (
  namesOfEach: ReadonlyArray<ReadonlyArray<string>>
): ReadonlyArray<ReadonlyArray<number>> => {
  /** Of each position, another one of its group, which is nearer to the group's first. */
  const parents = namesOfEach.map((_, position) => position)
  const firstOf = (position: number): number => {
    let first = position
    for (let parent = parents[first] ?? first; parent !== first; parent = parents[first] ?? first) {
      // Halve the way for the next search.
      parents[first] = parents[parent] ?? parent
      first = parents[first] ?? first
    }
    return first
  }
  const named = new Map<string, number>()
  for (const [position, names] of namesOfEach.entries()) {
    for (const name of names) {
      const [one, other] = [firstOf(position), firstOf(named.get(name) ?? position)]
      parents[Math.max(one, other)] = Math.min(one, other)
      named.set(name, position)
    }
  }
  return [...Map.groupBy(parents.keys(), firstOf).values()]
}
