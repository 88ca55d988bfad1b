import { Effect, Redacted } from "effect"

import type { OutageReason } from "../../services/ServiceNow.ts"
import { type ServiceNowAuth, Settings } from "../../services/Settings.ts"
import { makeOAuth } from "./oauth.ts"

/** What a request is signed with. */
export interface Authorization {
  /** The `authorization` header. */
  readonly header: Effect.Effect<string, OutageReason>
  /** Drops a header that was answered 401; true when another one may do better. */
  forget(refused: string): Effect.Effect<boolean>
}

const basic = (auth: Extract<ServiceNowAuth, { readonly type: "basic" }>): Authorization => {
  const credentials = Buffer.from(`${auth.username}:${Redacted.value(auth.password)}`, "utf8").toString("base64")
  return { header: Effect.succeed(`Basic ${credentials}`), forget: () => Effect.succeed(false) }
}

export const makeAuthorization = Effect.gen(function* () {
  const { auth } = (yield* Settings).serviceNow
  return auth.type === "basic" ? basic(auth) : yield* makeOAuth(auth)
})
