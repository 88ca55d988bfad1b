import { useEffect, useState } from "preact/hooks"

const listeners = new Set<() => void>()

const tell = () => {
  for (const listener of listeners) listener()
}

let steps = 0

/** Where the operator came from within the console, else the given page. */
export const goBack = (otherwise: string): void => {
  if (steps > 0) history.back()
  else navigate(otherwise)
}

/** Shows another page, or the same with another query. */
export const navigate = (to: string, { replace = false } = {}): void => {
  if (to === location.pathname + location.search + location.hash) return
  if (!replace) steps += 1
  history[replace ? "replaceState" : "pushState"](null, "", to)
  if (!replace) scrollTo(0, 0)
  tell()
}

/** Links of this console change the page without loading it again. */
const followLink = (event: MouseEvent) => {
  const link = event.target instanceof Element ? event.target.closest("a") : null
  if (link === null || event.defaultPrevented || event.button !== 0) return
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
  if (link.origin !== location.origin || link.target !== "" || link.hasAttribute("download")) return
  if (/^\/(?:docs|openapi\.json|api|metrics|health)/.test(link.pathname)) return
  // The browser itself follows links within the page.
  if (link.hash !== "" && link.pathname === location.pathname) return
  event.preventDefault()
  navigate(link.pathname + link.search + link.hash)
}

export const startRouter = (): void => {
  document.addEventListener("click", followLink)
  addEventListener("popstate", tell)
}

interface Route {
  readonly path: string
  readonly query: URLSearchParams
}

const current = (): Route => ({ path: location.pathname, query: new URLSearchParams(location.search) })

/** The page and its query, and again whenever they change. */
export const useRoute = (): Route => {
  const [route, setRoute] = useState(current)
  useEffect(() => {
    const update = () => setRoute(current())
    listeners.add(update)
    return () => void listeners.delete(update)
  }, [])
  return route
}

/** The address with these names of the query changed; an empty list removes a name. */
export const withNames = (query: URLSearchParams, changes: Readonly<Record<string, ReadonlyArray<string>>>): string => {
  const next = new URLSearchParams(query)
  for (const [name, values] of Object.entries(changes)) {
    next.delete(name)
    for (const value of values) next.append(name, value)
  }
  return next.size === 0 ? location.pathname : `${location.pathname}?${next}`
}
