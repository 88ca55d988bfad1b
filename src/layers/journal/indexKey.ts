/** As much of a name as is compared: an entry of the index must stay below Postgres' limit of 2,704 bytes; never half a character, which it would not give back. */
export const indexKey = (value: string): string => value.slice(0, 400).toWellFormed()
