/** One PATCH on the Case. Its retries carry the same name (SPEC 6.4). */
export type Write =
  | { readonly of: "outcome" }
  | { readonly of: "event"; readonly key: string; readonly index: number }
  | { readonly of: "close" }

export const writeName = (write: Write): string =>
  write.of === "event" ? JSON.stringify([write.key, write.index]) : write.of
