import { useCallback, useEffect, useRef, useState } from "preact/hooks"

import { type ApiError, errorOf, post } from "../api/client.ts"
import type { Item, Page, SearchFields } from "../api/types.ts"

const pageSize = 100
const refreshEvery = 8000

interface State {
  readonly key: string
  readonly items: ReadonlyArray<Item>
  readonly next: string | null
  readonly error?: ApiError | undefined
  readonly isLoading: boolean
  /** How many came since the list was loaded. */
  readonly fresh: number
  readonly at?: number
}

const search = (fields: SearchFields, limit: number, cursor: string | null, signal: AbortSignal) =>
  post<Page<Item>>("/api/communications/search", { ...fields, limit, ...(cursor !== null && { cursor }) }, signal)

/** Updates each known row in its place. New rows are only counted, so that no row jumps. */
const refreshed = (state: State, { items }: Page<Item>): State => {
  const newest = new Map(items.map((item) => [item.id, item]))
  const known = new Set(state.items.map(({ id }) => id))
  const fresh = items.filter(({ id }) => !known.has(id)).length
  // Without rows nothing can jump.
  if (state.items.length === 0) return { ...state, items, fresh: 0, at: Date.now() }
  return { ...state, items: state.items.map((item) => newest.get(item.id) ?? item), fresh, at: Date.now() }
}

/**
 * The communications that match, newest first. Each call of `loadMore` adds a page. The search is a POST, because its
 * text may be personal and must not appear in a URL.
 */
export const useCommunications = (fields: SearchFields) => {
  const key = JSON.stringify(fields)
  const empty: State = { key, items: [], next: null, isLoading: true, fresh: 0 }
  const [state, setState] = useState<State>(empty)
  const [round, setRound] = useState(0)
  const latest = useRef(state)
  latest.current = state
  const abort = useRef<AbortController>(undefined)

  useEffect(() => {
    const mine = new AbortController()
    abort.current = mine
    setState((before) => (before.key === key ? { ...before, isLoading: true } : empty))
    search(fields, pageSize, null, mine.signal).then(
      ({ items, next }) => setState({ key, items, next, isLoading: false, fresh: 0, at: Date.now() }),
      (cause: unknown) =>
        mine.signal.aborted || setState((before) => ({ ...before, isLoading: false, error: errorOf(cause) }))
    )
    const timer = setInterval(() => {
      if (document.visibilityState !== "visible" || latest.current.isLoading) return
      search(fields, 50, null, mine.signal).then(
        (page) =>
          setState((before) => (before.key === key ? refreshed({ ...before, error: undefined }, page) : before)),
        (cause: unknown) => mine.signal.aborted || setState((before) => ({ ...before, error: errorOf(cause) }))
      )
    }, refreshEvery)
    return () => {
      clearInterval(timer)
      mine.abort()
    }
  }, [key, round])

  const loadMore = useCallback(() => {
    const { isLoading, next } = latest.current
    const signal = abort.current?.signal
    if (isLoading || next === null || signal === undefined) return
    latest.current = { ...latest.current, isLoading: true }
    setState((before) => ({ ...before, isLoading: true }))
    search(fields, 200, next, signal).then(
      (page) =>
        setState((before) => {
          const known = new Set(before.items.map(({ id }) => id))
          const added = page.items.filter(({ id }) => !known.has(id))
          return { ...before, items: [...before.items, ...added], next: page.next, isLoading: false }
        }),
      (cause: unknown) =>
        signal.aborted || setState((before) => ({ ...before, isLoading: false, error: errorOf(cause) }))
    )
  }, [key])

  const reload = useCallback(() => setRound((before) => before + 1), [])
  return { ...(state.key === key ? state : empty), loadMore, reload }
}
