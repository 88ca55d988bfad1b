import { useEffect, useState } from "preact/hooks"

export type Scheme = "auto" | "light" | "dark"

const key = "brom-ctx-scheme"
const system = matchMedia("(prefers-color-scheme: dark)")

const stored = (): Scheme => {
  const value = localStorage.getItem(key)
  return value === "light" || value === "dark" ? value : "auto"
}

const apply = (scheme: Scheme) => {
  const dark = scheme === "dark" || (scheme === "auto" && system.matches)
  document.documentElement.dataset["scheme"] = dark ? "dark" : "light"
}

/** Runs before anything is drawn, so that a dark page is never light first. */
export const startScheme = (): void => {
  apply(stored())
  system.addEventListener("change", () => apply(stored()))
}

const after: Readonly<Record<Scheme, Scheme>> = { auto: "light", light: "dark", dark: "auto" }

/** The chosen scheme, and the function that chooses the next one. */
export const useScheme = (): readonly [Scheme, () => void] => {
  const [scheme, setScheme] = useState(stored)
  useEffect(() => {
    if (scheme === "auto") localStorage.removeItem(key)
    else localStorage.setItem(key, scheme)
    apply(scheme)
  }, [scheme])
  return [scheme, () => setScheme((before) => after[before])]
}
