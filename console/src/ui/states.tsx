import type { ComponentChildren } from "preact"
import { useEffect, useState } from "preact/hooks"

import { type ApiError, unreadyPart } from "../api/client.ts"
import { errorText } from "../api/errorText.ts"
import type { Loaded } from "../load.ts"
import { useSession } from "../session.ts"
import { text } from "../text/text.ts"
import { formatSpan } from "../time.ts"
import { refusalText } from "../told.ts"
import { Note } from "./parts.tsx"

type Drawing = "empty" | "cloud" | "lock" | "clock"

const drawings: Readonly<Record<Drawing, string>> = {
  empty: "M4 13h5l1.5 2.5h3L15 13h5M4 13l3-7h10l3 7v5H4z",
  cloud: "M4 4l16 16M9 6a5 5 0 0 1 8 3 4.5 4.5 0 0 1 2.5 7.5M6 10a4 4 0 0 0 1 8h8",
  lock: "M7 11V8a5 5 0 0 1 10 0v3M5 11h14v9H5z",
  clock: "M12 7v5l3.5 2M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0z"
}

const Drawing = ({ of }: { readonly of: Drawing }) => (
  <svg
    viewBox="0 0 24 24"
    fill="none"
    stroke="currentColor"
    stroke-width="1.5"
    stroke-linejoin="round"
    aria-hidden="true"
  >
    <path d={drawings[of]} stroke-linecap="round" />
  </svg>
)

interface StateProps {
  readonly title: string
  readonly children?: ComponentChildren
  readonly drawing?: Drawing
  readonly onRetry?: (() => void) | undefined
}

/** Takes the place of a page's content. */
export const State = ({ children, drawing = "empty", onRetry, title }: StateProps) => (
  <div class="state" role="status">
    <Drawing of={drawing} />
    <h2>{title}</h2>
    {children !== undefined && <p>{children}</p>}
    {onRetry && (
      <button type="button" class="button" onClick={onRetry}>
        {text.state.retry}
      </button>
    )}
  </div>
)

const widths = ["62%", "88%", "71%", "80%", "54%", "92%", "66%", "77%"]

export const Loading = ({ lines = 6 }: { readonly lines?: number }) => (
  <div class="spread" role="status">
    <span class="visually-hidden">{text.state.loading}</span>
    {widths.slice(0, lines).map((width) => (
      <span key={width} class="skeleton" style={{ width }} />
    ))}
  </div>
)

/** Why the service cannot answer now, from its health. */
const Unavailable = ({ error, onRetry }: { readonly error: ApiError; readonly onRetry: () => void }) => {
  const [part, setPart] = useState<"starting" | "database" | "kafka" | undefined>()
  useEffect(() => {
    let isGone = false
    void unreadyPart().then((found) => {
      if (!isGone) setPart(found)
    })
    // Tries again, because the service recovers by itself, whatever it waits for.
    const timer = setTimeout(onRetry, 5000)
    return () => {
      isGone = true
      clearTimeout(timer)
    }
  }, [error])
  const said = part === undefined ? text.state.unavailable : text.state[part]
  return (
    <State title={said.title} drawing="clock" onRetry={onRetry}>
      {said.text}
    </State>
  )
}

/** A refusal of the service, as a page shows it. */
export const Failure = ({ error, onRetry }: { readonly error: ApiError; readonly onRetry: () => void }) => {
  const { session } = useSession()
  switch (error.status) {
    case 0:
      return (
        <State title={text.state.unreachable.title} drawing="cloud" onRetry={onRetry}>
          {text.state.unreachable.text}
        </State>
      )
    case 403:
      return (
        <State title={text.state.forbidden.title} drawing="lock">
          {text.state.forbidden.text(session.roles.map((role) => text.roles[role] ?? role).join(", "))}
        </State>
      )
    case 404:
      return <State title={text.state.notFound.title}>{refusalText(error.detail, text.state.notFound.text)}</State>
    case 503:
      return <Unavailable error={error} onRetry={onRetry} />
    default: {
      const title = error.status < 500 ? text.state.wrong.title : text.state.failed.title
      const told = errorText(error)
      return (
        <State title={title} drawing="cloud" onRetry={onRetry}>
          {told === title ? undefined : told}
        </State>
      )
    }
  }
}

/**
 * Takes the place of the rows of an empty list: says why it is empty, or that it loads. The children say that there are
 * none.
 */
export const NoRows = ({
  children,
  lines,
  of: { error, isLoading, reload }
}: {
  readonly of: {
    readonly error?: ApiError | undefined
    readonly isLoading: boolean
    readonly reload: () => void
  }
  readonly lines?: number
  readonly children: ComponentChildren
}) => {
  if (error !== undefined) return <Failure error={error} onRetry={reload} />
  return isLoading ? <Loading {...(lines !== undefined && { lines })} /> : <>{children}</>
}

/** Says how old the shown data is, by the browser's clock, while the service does not answer. */
export const Stale = ({ at }: { readonly at: number }) => <Note>{text.state.stale(formatSpan(Date.now() - at))}</Note>

/** Shows what was loaded, or the state that stands in for it. Earlier data stays while the service does not answer. */
export const Shown = <A,>({
  children,
  lines,
  of
}: {
  readonly of: Loaded<A>
  readonly lines?: number
  readonly children: (data: A) => ComponentChildren
}) => {
  const { at, data, error, reload } = of
  if (data === undefined)
    return (
      <div class="card">
        {error === undefined ? (
          <Loading {...(lines !== undefined && { lines })} />
        ) : (
          <Failure error={error} onRetry={reload} />
        )}
      </div>
    )
  return (
    <>
      {error !== undefined && at !== undefined && <Stale at={at} />}
      {children(data)}
    </>
  )
}
