/** The time of a parameter or column in epoch milliseconds, in SQL. */
export const asTime = (millis: string): string => `to_timestamp(${millis}::float8 / 1000)`

/** Epoch milliseconds of a time, in SQL. */
export const asMillis = (time: string): string => `(extract(epoch FROM ${time}) * 1000)::float8`
