import { useEffect, useState } from "preact/hooks"

interface Window {
  readonly first: number
  readonly end: number
}

const overscan = 12
const narrow = matchMedia("(max-width: 860px)")

const useMedia = (query: MediaQueryList): boolean => {
  const [matches, setMatches] = useState(query.matches)
  useEffect(() => {
    const update = () => setMatches(query.matches)
    query.addEventListener("change", update)
    return () => query.removeEventListener("change", update)
  }, [query])
  return matches
}

/** Which of `count` rows of one height are near the visible part of the page. Only those are drawn. */
export const useRows = (
  body: { readonly current: HTMLElement | null },
  count: number,
  heights: { readonly wide: number; readonly narrow: number }
) => {
  const height = useMedia(narrow) ? heights.narrow : heights.wide
  const [shown, setShown] = useState<Window>({ first: 0, end: 60 })
  useEffect(() => {
    let frame = 0
    const measure = () => {
      frame = 0
      const top = body.current?.getBoundingClientRect().top ?? 0
      // Moves in steps, so that most scrolling redraws nothing.
      const first = Math.max(0, Math.floor((-top / height - overscan) / overscan) * overscan)
      const end = first + Math.ceil(innerHeight / height) + 3 * overscan
      setShown((before) => (before.first === first && before.end === end ? before : { first, end }))
    }
    const later = () => {
      frame ||= requestAnimationFrame(measure)
    }
    measure()
    addEventListener("scroll", later, { passive: true })
    addEventListener("resize", later)
    return () => {
      cancelAnimationFrame(frame)
      removeEventListener("scroll", later)
      removeEventListener("resize", later)
    }
  }, [count, height])
  const first = Math.min(shown.first, Math.max(0, count - 1))
  const end = Math.min(shown.end, count)
  return { first, end, before: first * height, after: Math.max(0, count - end) * height }
}
