import type { JSX } from "preact"
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks"

import { type ApiError, get, onSignedOut } from "./api/client.ts"
import type { Overview, Session } from "./api/types.ts"
import { useKeys } from "./keyboard.ts"
import { KeyHelp } from "./KeyHelp.tsx"
import { useLoad } from "./load.ts"
import { Audit } from "./pages/Audit.tsx"
import { Communication } from "./pages/Communication.tsx"
import { Communications } from "./pages/Communications.tsx"
import { DeadLetters } from "./pages/DeadLetters.tsx"
import { Doubts } from "./pages/Doubts.tsx"
import { Now } from "./pages/Now.tsx"
import { Operations } from "./pages/Operations.tsx"
import { Parked } from "./pages/Parked.tsx"
import { Privacy } from "./pages/Privacy.tsx"
import { SignIn } from "./pages/SignIn.tsx"
import { Simulate } from "./pages/Simulate.tsx"
import { navigate, useRoute } from "./router.ts"
import { SessionContext } from "./session.ts"
import { Shell } from "./Shell.tsx"
import { text } from "./text/text.ts"
import { setServerTime } from "./time.ts"
import { useToast } from "./toast.ts"
import { Boundary } from "./ui/Boundary.tsx"
import { Head } from "./ui/Head.tsx"
import { later } from "./ui/Later.tsx"
import { Failure, Loading, State } from "./ui/states.tsx"

const Journeys = later(() => import("./pages/Journeys.tsx"))
const Manual = later(() => import("./pages/Manual.tsx"))

/** Focuses the page's search at once, so that the next keys go there. Returns false if the page has none. */
const focusSearch = (): boolean => {
  const search = document.querySelector<HTMLInputElement>("#search")
  search?.focus()
  return search !== null
}

const pages: Readonly<Record<string, () => JSX.Element>> = {
  "/": Now,
  "/comunicacoes": Communications,
  "/em-duvida": Doubts,
  "/cartas-mortas": DeadLetters,
  "/simular": Simulate,
  "/jornadas": Journeys,
  "/operacoes": Operations,
  "/eventos-a-espera": Parked,
  "/auditoria": Audit,
  "/privacidade": Privacy,
  "/manual": Manual
}

const NotFound = () => (
  <>
    <Head title={text.state.notFound.title} />
    <div class="card">
      <State title={text.state.notFound.title}>{text.state.notFound.text}</State>
    </div>
  </>
)

/** Decodes a part of the path. A part that is not encoded correctly stays as it is. */
const decoded = (part: string): string => {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

const PageOf = ({ path }: { readonly path: string }) => {
  const [, first, id, more] = path.split("/")
  if (first === "comunicacoes" && id !== undefined && id !== "" && more === undefined)
    return <Communication key={id} id={decoded(id)} />
  const Page = pages[path.length > 1 ? path.replace(/\/$/, "") : path] ?? NotFound
  return <Page />
}

const SignedIn = ({ session }: { readonly session: Session }) => {
  const { path } = useRoute()
  const [isHelpOpen, setHelpOpen] = useState(false)
  const after = useRef("")
  const overview = useLoad<Overview>(
    "overview",
    async (signal) => {
      const found = await get<Overview>("/api/overview", signal)
      setServerTime(found.at)
      return found
    },
    path === "/" ? 4000 : 15_000
  )
  const go = (to: string, otherwise?: () => void) => () => {
    if (after.current === "g") navigate(to)
    else otherwise?.()
    after.current = ""
  }
  useKeys({
    "/": (event) => {
      event.preventDefault()
      if (focusSearch()) return
      // The page of one communication has its actions in place of the search.
      navigate("/comunicacoes")
      requestAnimationFrame(focusSearch)
    },
    "?": () => setHelpOpen(true),
    g: () => {
      after.current = "g"
      setTimeout(() => (after.current = ""), 1200)
    },
    a: go("/"),
    c: go("/comunicacoes"),
    d: go("/em-duvida"),
    m: go("/cartas-mortas"),
    o: go("/operacoes")
  })
  const context = useMemo(() => ({ session, overview }), [session, overview])
  return (
    <SessionContext.Provider value={context}>
      <Shell>
        <Boundary key={path}>
          <PageOf path={path} />
        </Boundary>
      </Shell>
      {isHelpOpen && <KeyHelp onClose={() => setHelpOpen(false)} />}
    </SessionContext.Provider>
  )
}

const Toast = () => {
  const message = useToast()
  return <div aria-live="polite">{message !== undefined && <div class="toast">{message}</div>}</div>
}

/** Until the session is known, no page can be shown, only the reason. */
const Before = ({ error, onRetry }: { readonly error: ApiError | undefined; readonly onRetry: () => void }) => (
  <main class="signin">
    <div class="card">
      <SessionContext.Provider
        value={{
          session: { name: "", roles: [] },
          overview: { data: undefined, error: undefined, at: undefined, reload: onRetry }
        }}
      >
        <h1 class="visually-hidden">{text.name}</h1>
        {error === undefined ? <Loading lines={3} /> : <Failure error={error} onRetry={onRetry} />}
      </SessionContext.Provider>
    </div>
  </main>
)

export const App = () => {
  const [hasEnded, setEnded] = useState(false)
  const session = useLoad<Session>("session", (signal) => get<Session>("/api/session", signal))
  useEffect(() => onSignedOut(() => setEnded(true)), [])
  const signedIn = useCallback(() => {
    setEnded(false)
    session.reload()
  }, [session.reload])
  const { data, error } = session
  return (
    <>
      {hasEnded || error?.status === 401 ? (
        <SignIn hasEnded={hasEnded} onDone={signedIn} />
      ) : data === undefined ? (
        <Before error={error} onRetry={session.reload} />
      ) : (
        <SignedIn session={data} />
      )}
      <Toast />
    </>
  )
}
