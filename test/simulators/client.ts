import { Data, Effect } from "effect"

import { serveSimulator } from "../../simulators/core/serveSimulator.ts"
import type { Simulator } from "../../simulators/core/Simulator.ts"

/** The connection ended before an answer; `code` is undici's or the system's. */
class NoAnswer extends Data.TaggedError("NoAnswer")<{ readonly code: string }> {}

interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body where it is JSON, else `undefined`. */
  readonly json: unknown
}

export type Send = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>
) => Effect.Effect<Reply, NoAnswer>

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const codeOf = (error: unknown): string => {
  const cause: unknown = error instanceof Error ? error.cause : undefined
  return typeof cause === "object" && cause !== null && "code" in cause ? String(cause.code) : String(error)
}

/** Serves a simulator on a free port for the test's scope and sends requests to it over HTTP, with these headers. */
export const serving = (simulator: Simulator, headers: Readonly<Record<string, string>>) =>
  Effect.map(serveSimulator(simulator, { port: 0 }), ({ url }): { readonly url: string; readonly send: Send } => ({
    url,
    send: (method, path, body, more) =>
      Effect.tryPromise({
        try: async (signal) => {
          const response = await fetch(`${url}${path}`, {
            method,
            headers: { ...headers, ...more },
            redirect: "manual",
            signal,
            ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) })
          })
          const text = await response.text()
          return { status: response.status, headers: response.headers, text, json: parsed(text) }
        },
        catch: (error) => new NoAnswer({ code: codeOf(error) })
      })
  }))

const turn = Effect.promise(() => new Promise<void>((resolve) => setImmediate(resolve)))

/** Looks until it fits, at most 5,000 times, with one turn of the event loop between: sockets do not follow the test's clock. */
export const eventually = <A, E>(look: Effect.Effect<A, E>, fits: (found: A) => boolean) =>
  Effect.gen(function* () {
    for (let tries = 0; tries < 5000; tries++) {
      const found = yield* look
      if (fits(found)) return found
      yield* turn
    }
    return yield* Effect.die("it never came")
  })
