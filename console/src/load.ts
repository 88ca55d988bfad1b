import { useCallback, useEffect, useRef, useState } from "preact/hooks"

import { type ApiError, errorOf } from "./api/client.ts"

/** What a page has loaded from the service. After a failed refresh the earlier `data` stays, beside the `error`. */
export interface Loaded<A> {
  readonly data: A | undefined
  readonly error: ApiError | undefined
  /** When `data` came, by the browser's clock. */
  readonly at: number | undefined
  readonly reload: () => void
}

/**
 * Loads for each `key`, and again every `every` milliseconds while the page is visible. `undefined` as key loads nothing.
 */
export const useLoad = <A>(
  key: string | undefined,
  load: (signal: AbortSignal) => Promise<A>,
  every?: number
): Loaded<A> => {
  const [state, setState] = useState<{ key?: string | undefined; data?: A; error?: ApiError; at?: number }>({})
  const [round, setRound] = useState(0)
  const latest = useRef(load)
  latest.current = load
  useEffect(() => {
    if (key === undefined) return undefined
    const abort = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const once = async () => {
      if (document.visibilityState === "visible" || every === undefined) {
        try {
          const data = await latest.current(abort.signal)
          if (!abort.signal.aborted) setState({ key, data, at: Date.now() })
        } catch (cause) {
          if (!abort.signal.aborted)
            setState((before) =>
              before.key === key ? { ...before, error: errorOf(cause) } : { key, error: errorOf(cause) }
            )
        }
      }
      if (every !== undefined && !abort.signal.aborted) timer = setTimeout(once, every)
    }
    const seen = () => {
      if (document.visibilityState !== "visible" || every === undefined) return
      clearTimeout(timer)
      void once()
    }
    document.addEventListener("visibilitychange", seen)
    void once()
    return () => {
      abort.abort()
      clearTimeout(timer)
      document.removeEventListener("visibilitychange", seen)
    }
  }, [key, every, round])
  const reload = useCallback(() => setRound((before) => before + 1), [])
  const mine = state.key === key ? state : {}
  return { data: mine.data, error: mine.error, at: mine.at, reload }
}
