import { useEffect, useState } from "preact/hooks"

/** Milliseconds. Revealed data must not stay on a screen that nobody looks at. */
const shownFor = 300_000

/**
 * The revealed data of this page, by id. All of it is dropped five minutes after the last reveal, and with the page.
 */
export const useReveals = <A>() => {
  const [revealed, setRevealed] = useState<Readonly<Record<string, A>>>({})
  useEffect(() => {
    if (Object.keys(revealed).length === 0) return undefined
    const timer = setTimeout(() => setRevealed({}), shownFor)
    return () => clearTimeout(timer)
  }, [revealed])
  return {
    revealed,
    reveal: (id: string, value: A) => setRevealed((before) => ({ ...before, [id]: value })),
    hide: () => setRevealed({})
  }
}
