import type { ComponentChildren } from "preact"
import { useEffect, useId, useRef, useState } from "preact/hooks"

interface Props {
  readonly label: string
  readonly buttonClass: string
  readonly atEnd?: boolean
  readonly children: (close: () => void) => ComponentChildren
}

/** A button that opens a panel below itself. Esc and a click elsewhere close it. */
export const Menu = ({ atEnd = false, buttonClass, children, label }: Props) => {
  const [isOpen, setOpen] = useState(false)
  const root = useRef<HTMLDivElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  const id = useId()
  useEffect(() => {
    if (!isOpen) return undefined
    const onClick = (event: MouseEvent) => {
      if (event.target instanceof Node && root.current?.contains(event.target) === false) setOpen(false)
    }
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return
      event.preventDefault()
      setOpen(false)
      button.current?.focus()
    }
    document.addEventListener("click", onClick)
    document.addEventListener("keydown", onKey, true)
    root.current?.querySelector<HTMLElement>(".menu-panel button, .menu-panel a, .menu-panel input")?.focus()
    return () => {
      document.removeEventListener("click", onClick)
      document.removeEventListener("keydown", onKey, true)
    }
  }, [isOpen])
  return (
    <div class="menu" ref={root}>
      <button
        ref={button}
        type="button"
        class={buttonClass}
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => setOpen(!isOpen)}
      >
        {label}
      </button>
      {isOpen && (
        <div id={id} class={atEnd ? "menu-panel end" : "menu-panel"}>
          {children(() => {
            setOpen(false)
            button.current?.focus()
          })}
        </div>
      )}
    </div>
  )
}
