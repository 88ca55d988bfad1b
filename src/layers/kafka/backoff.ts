/** Milliseconds before work that died for the `deaths`-th time is run again: 1 s, doubled up to 30 s. */
export const backoff = (deaths: number): number => Math.min(30_000, 1000 * 2 ** (deaths - 1))
