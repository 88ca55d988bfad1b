import { useLayoutEffect } from "preact/hooks"

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName))

const isCheckbox = (target: EventTarget | null): boolean =>
  target instanceof HTMLInputElement && target.type === "checkbox"

/** Calls the handler of a key that is pressed without modifiers, unless somebody is typing or a dialog is open. */
export const useKeys = (handlers: Readonly<Record<string, (event: KeyboardEvent) => void>>): void => {
  // Runs before the page is painted. A key that is pressed as soon as the page shows would otherwise be lost.
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
      if (isTyping(event.target) && !isCheckbox(event.target)) return
      if (document.querySelector("dialog[open]") !== null) return
      handlers[event.key]?.(event)
    }
    document.addEventListener("keydown", onKey)
    return () => document.removeEventListener("keydown", onKey)
  })
}

/** Moves the focus to the next of the page's rows, or the one before. A row has `data-row`. */
export const moveRow = (by: 1 | -1): void => {
  const rows = [...document.querySelectorAll<HTMLElement>("[data-row]")]
  const focused = document.activeElement?.closest("[data-item]")?.querySelector<HTMLElement>("[data-row]")
  const at = focused ? rows.indexOf(focused) : by === 1 ? -1 : rows.length
  const next = rows[at + by]
  next?.focus({ preventScroll: true })
  next?.scrollIntoView({ block: "nearest" })
}
