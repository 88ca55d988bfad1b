import { createContext } from "preact"
import { useContext } from "preact/hooks"

import type { Overview, Role, Session } from "./api/types.ts"
import type { Loaded } from "./load.ts"

interface Context {
  readonly session: Session
  readonly overview: Loaded<Overview>
}

export const SessionContext = createContext<Context | undefined>(undefined)

/** Who is signed in, and the state of the whole service, which every page shows in its navigation. */
export const useSession = (): Context => {
  const context = useContext(SessionContext)
  if (context === undefined) throw new Error("a page stands within SessionContext")
  return context
}

export const useRole = (role: Role): boolean => useSession().session.roles.includes(role)
