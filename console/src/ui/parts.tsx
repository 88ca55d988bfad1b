import type { ComponentChildren } from "preact"

import type { Item, JsonValue } from "../api/types.ts"
import { text } from "../text/text.ts"
import { formatAge, formatDay, formatMinute, formatSecond, formatUtc, serverNow } from "../time.ts"
import type { Tone } from "./tone.ts"

export const Badge = ({ children, tone = "grey" }: { readonly children: ComponentChildren; readonly tone?: Tone }) => (
  <span class={`badge ${tone}`}>{children}</span>
)

const toneOf: Readonly<Record<string, Tone>> = {
  working: "blue",
  adopted: "grey",
  success: "green",
  partial_success: "amber",
  failure: "red",
  in_doubt: "violet",
  waiting: "amber",
  awaiting: "grey"
}

export const StatusBadge = ({ status }: { readonly status: string }) => (
  <Badge tone={toneOf[status] ?? "grey"}>{text.status[status] ?? status}</Badge>
)

/**
 * The urgent marks, then the status. A working communication with urgent marks shows only these. `awaiting` comes last,
 * and only without urgent marks.
 */
export const StatusBadges = ({ item }: { readonly item: Pick<Item, "marks" | "status"> }) => {
  const urgent = item.marks.filter((mark) => mark !== "awaiting")
  const shown = urgent.length > 0 && item.status === "working" ? urgent : [...urgent, item.status]
  return (
    <span class="badges">
      {shown.map((status) => (
        <StatusBadge key={status} status={status} />
      ))}
      {item.marks.includes("awaiting") && urgent.length === 0 && <StatusBadge status="awaiting" />}
    </span>
  )
}

/** Date and time in São Paulo, with UTC as the tooltip. */
export const Time = ({ at, seconds = true }: { readonly at: number; readonly seconds?: boolean }) => (
  <time class="num nowrap" dateTime={new Date(at).toISOString()} title={formatUtc(at)}>
    {`${formatDay(at)} ${(seconds ? formatSecond : formatMinute)(at)}`}
  </time>
)

/** How long ago, with the time itself, local and in UTC, as the tooltip. */
export const Age = ({ at, now = serverNow() }: { readonly at: number; readonly now?: number }) => (
  <time
    class="num nowrap"
    dateTime={new Date(at).toISOString()}
    title={`${formatDay(at)} ${formatSecond(at)} · ${formatUtc(at)}`}
  >
    {formatAge(now - at)}
  </time>
)

export const Card = ({
  aside,
  children,
  class: more = "",
  title
}: {
  readonly title: string
  readonly aside?: ComponentChildren
  readonly children: ComponentChildren
  readonly class?: string
}) => (
  <section class={`card ${more}`}>
    <header>
      <h2>{title}</h2>
      {aside !== undefined && <span class="soft small">{aside}</span>}
    </header>
    {children}
  </section>
)

/** Reports something unusual, also to a screen reader. */
export const Note = ({
  children,
  role = "status",
  tone = "amber"
}: {
  readonly children: ComponentChildren
  readonly role?: "alert" | "status"
  readonly tone?: "amber" | "red"
}) => (
  <div class={`note ${tone}`} role={role}>
    <span class={`dot ${tone}`} />
    <span>{children}</span>
  </div>
)

export const Json = ({ label, value }: { readonly value: JsonValue; readonly label: string }) => (
  // It scrolls, so it must be reachable by keyboard.
  <pre class="json" tabIndex={0} role="group" aria-label={label}>
    {JSON.stringify(value, undefined, 2)}
  </pre>
)

export const Pairs = ({ of }: { readonly of: ReadonlyArray<readonly [string, ComponentChildren]> }) => (
  <dl class="pairs">
    {of.map(([name, value]) => (
      <>
        <dt>{name}</dt>
        <dd>{value}</dd>
      </>
    ))}
  </dl>
)

export const Bar = ({
  of,
  tone = "",
  value
}: {
  readonly value: number
  readonly of: number
  readonly tone?: string
}) => (
  <span class={`bar ${tone}`} aria-hidden="true">
    <i style={{ width: `${of === 0 ? 0 : Math.max(1, Math.min(100, (100 * value) / of))}%` }} />
  </span>
)
