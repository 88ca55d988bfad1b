import type { ComponentChildren } from "preact"
import { useEffect, useRef, useState } from "preact/hooks"

import { signOut } from "./api/client.ts"
import { useRoute } from "./router.ts"
import { useScheme } from "./scheme.ts"
import { useRole, useSession } from "./session.ts"
import { formatNumber } from "./text/formatNumber.ts"
import { text } from "./text/text.ts"

interface Entry {
  readonly path: string
  readonly name: string
  readonly count?: number | undefined
  readonly tone?: string
}

const Brand = () => (
  <a class="brand" href="/">
    <svg viewBox="0 0 16 16" aria-hidden="true">
      <rect x="1" y="1" width="14" height="14" rx="4" fill="var(--accent)" />
      <path
        d="M5 8.2 7.1 10.3 11 6"
        fill="none"
        stroke="var(--accent-text)"
        stroke-width="1.8"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
    {text.name}
  </a>
)

const Foot = () => {
  const { overview, session } = useSession()
  const [scheme, nextScheme] = useScheme()
  const processes = overview.data?.processes ?? []
  const [version] = processes.map((process) => process.version)
  return (
    <div class="side-foot">
      <div>
        {session.name} · {session.roles.map((role) => text.roles[role] ?? role).join(", ")}
      </div>
      {version !== undefined && <div>{text.nav.replicas(processes.length, version)}</div>}
      <div class="row">
        <button type="button" class="button small" onClick={nextScheme}>
          {text.nav.scheme[scheme]}
        </button>
        {session.name !== "local" && (
          <button type="button" class="button small" onClick={() => void signOut().finally(() => location.reload())}>
            {text.nav.signOut}
          </button>
        )}
      </div>
    </div>
  )
}

const isWithin = (path: string, entry: string): boolean =>
  path === entry || (entry !== "/" && path.startsWith(`${entry}/`))

const Entries = () => {
  const { path } = useRoute()
  const { data } = useSession().overview
  const isPrivacy = useRole("privacy")
  const entries: ReadonlyArray<Entry> = [
    { path: "/", name: text.nav.now, ...(data && !data.ok && { count: data.problems.length, tone: "amber" }) },
    { path: "/comunicacoes", name: text.nav.communications },
    { path: "/em-duvida", name: text.nav.doubts, count: data?.inDoubt.count, tone: "violet" },
    { path: "/cartas-mortas", name: text.nav.deadLetters, count: data?.deadLetters.count, tone: "red" },
    { path: "/simular", name: text.nav.simulate },
    { path: "/jornadas", name: text.nav.journeys },
    { path: "/operacoes", name: text.nav.operations },
    ...(isPrivacy ? [{ path: "/privacidade", name: text.nav.privacy }] : [])
  ]
  return (
    <nav class="nav" aria-label={text.nav.label}>
      {entries.map(({ count = 0, name, path: to, tone = "grey" }) => (
        <a key={to} href={to} aria-current={isWithin(path, to) ? "page" : undefined}>
          {name}
          {count > 0 && <span class={`badge ${tone}`}>{formatNumber(count)}</span>}
        </a>
      ))}
    </nav>
  )
}

export const Shell = ({ children }: { readonly children: ComponentChildren }) => {
  const { path } = useRoute()
  const [isOpen, setOpen] = useState(false)
  const main = useRef<HTMLElement>(null)
  const shown = useRef(path)
  useEffect(() => {
    setOpen(false)
    // A new page is read from its beginning, and the keyboard continues from there.
    if (shown.current !== path) main.current?.focus({ preventScroll: true })
    shown.current = path
  }, [path])
  return (
    <div class="shell">
      <a class="skip" href="#main">
        {text.nav.skip}
      </a>
      <header class="topbar">
        <Brand />
        <span class="spacer" />
        <button
          type="button"
          class="button small"
          aria-expanded={isOpen}
          aria-controls="side"
          onClick={() => setOpen(!isOpen)}
        >
          {isOpen ? text.nav.close : text.nav.open}
        </button>
      </header>
      <aside id="side" class={isOpen ? "side open" : "side"} aria-label={text.name}>
        <Brand />
        <Entries />
        <Foot />
      </aside>
      <main ref={main} id="main" class="main" tabIndex={-1}>
        {children}
      </main>
    </div>
  )
}
