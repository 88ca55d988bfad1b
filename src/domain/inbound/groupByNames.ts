/**
 * Groups members that share a name, directly or through others. Returns the positions of each group, in order. The time
 * grows in proportion to the number of names.
 */
export const groupByNames = (
  namesOfEach: ReadonlyArray<ReadonlyArray<string>>
): ReadonlyArray<ReadonlyArray<number>> => {
  /** For each position, another one of its group that is nearer to the group's first. */
  const parents = namesOfEach.map((_, position) => position)
  const firstOf = (position: number): number => {
    let first = position
    for (let parent = parents[first] ?? first; parent !== first; parent = parents[first] ?? first) {
      // Halves the path for the next search.
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
