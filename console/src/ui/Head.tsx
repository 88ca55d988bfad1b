import type { ComponentChildren } from "preact"
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks"

import { navigate, useRoute } from "../router.ts"
import { setPrivateSearch } from "../search.ts"
import { text } from "../text/text.ts"

/**
 * The search field of every page. Typed text goes to the list, and into the address only once it is known not to be
 * personal data.
 */
const Search = () => {
  const { path, query } = useRoute()
  const [value, setValue] = useState("")
  const input = useRef<HTMLInputElement>(null)
  const shown = path === "/comunicacoes" ? (query.get("q") ?? "") : ""
  // Runs before the page is painted. A later change would wipe text that somebody has begun to type.
  useLayoutEffect(() => setValue(shown), [shown])
  return (
    <form
      class="search"
      role="search"
      onSubmit={(event) => {
        event.preventDefault()
        setPrivateSearch(value.trim())
        navigate("/comunicacoes")
        input.current?.blur()
      }}
    >
      <input
        ref={input}
        id="search"
        type="search"
        autocomplete="off"
        spellcheck={false}
        aria-label={text.search.label}
        placeholder={text.search.placeholder}
        value={value}
        onInput={(event) => setValue(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") {
            setValue("")
            input.current?.blur()
          }
        }}
      />
      <kbd aria-hidden="true">/</kbd>
    </form>
  )
}

interface Props {
  readonly title: string
  readonly beside?: ComponentChildren
  readonly below?: ComponentChildren
  readonly children?: ComponentChildren
}

export const Head = ({ below, beside, children, title }: Props) => {
  useEffect(() => {
    document.title = text.title(title)
  }, [title])
  return (
    <header class="head">
      <div>
        <div class="titles">
          <h1>{title}</h1>
          {beside}
        </div>
        {below !== undefined && <div class="soft small">{below}</div>}
      </div>
      <div class="tools">{children ?? <Search />}</div>
    </header>
  )
}
