import { useCallback, useEffect, useRef, useState } from "preact/hooks"

import { type ApiError, errorOf } from "./api/client.ts"
import type { Page } from "./api/types.ts"

interface State<A> {
  readonly key: string
  readonly items: ReadonlyArray<A>
  readonly next: string | null
  readonly isLoading: boolean
  readonly error?: ApiError
}

/** A list that is loaded page by page. Its first page is loaded again every `every` milliseconds. */
export const usePages = <A>(
  key: string,
  load: (cursor: string | null, signal: AbortSignal) => Promise<Page<A>>,
  every?: number
) => {
  const empty: State<A> = { key, items: [], next: null, isLoading: true }
  const [state, setState] = useState<State<A>>(empty)
  const [round, setRound] = useState(0)
  const latest = useRef(state)
  latest.current = state
  const loader = useRef(load)
  loader.current = load
  const abort = useRef<AbortController>(undefined)
  useEffect(() => {
    const mine = new AbortController()
    abort.current = mine
    if (latest.current.key !== key) setState(empty)
    const first = () =>
      loader.current(null, mine.signal).then(
        ({ items, next }) => {
          // Later pages stay as they are until the list is loaded again.
          if (latest.current.items.length <= items.length || latest.current.key !== key)
            setState({ key, items, next, isLoading: false })
        },
        (cause: unknown) =>
          mine.signal.aborted || setState((before) => ({ ...before, key, isLoading: false, error: errorOf(cause) }))
      )
    latest.current = { ...latest.current, items: [] }
    void first()
    const timer =
      every === undefined ? undefined : setInterval(() => document.visibilityState === "visible" && void first(), every)
    return () => {
      clearInterval(timer)
      mine.abort()
    }
  }, [key, every, round])
  const loadMore = useCallback(() => {
    const { isLoading, next } = latest.current
    const signal = abort.current?.signal
    if (isLoading || next === null || signal === undefined) return
    setState((before) => ({ ...before, isLoading: true }))
    loader.current(next, signal).then(
      (page) =>
        setState((before) => ({
          key,
          items: [...before.items, ...page.items],
          next: page.next,
          isLoading: false
        })),
      (cause: unknown) =>
        signal.aborted || setState((before) => ({ ...before, isLoading: false, error: errorOf(cause) }))
    )
  }, [key])
  const reload = useCallback(() => setRound((before) => before + 1), [])
  return { ...(state.key === key ? state : empty), loadMore, reload }
}
