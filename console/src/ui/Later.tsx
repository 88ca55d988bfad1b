import type { JSX } from "preact"
import { useEffect, useState } from "preact/hooks"

import { text } from "../text/text.ts"
import { Loading, State } from "./states.tsx"

type Page = () => JSX.Element

/** A page whose code is loaded when it is first opened. */
export const later = (load: () => Promise<{ readonly default: Page }>): Page => {
  let known: Page | undefined
  return function Later() {
    const [page, setPage] = useState<{ readonly of: Page | undefined }>({ of: known })
    const [hasFailed, setFailed] = useState(false)
    useEffect(() => {
      load().then(
        (module) => {
          known = module.default
          setPage({ of: known })
        },
        () => setFailed(true)
      )
    }, [])
    const Loaded = page.of
    if (Loaded !== undefined) return <Loaded />
    return (
      <div class="card">
        {hasFailed ? (
          <State title={text.state.unreachable.title} drawing="cloud" onRetry={() => location.reload()}>
            {text.state.unreachable.text}
          </State>
        ) : (
          <Loading />
        )}
      </div>
    )
  }
}
