import { json } from "../core/answer.ts"
import { hex32, makeRandom } from "../core/random.ts"
import type { Answered, SimRequest } from "../core/Simulator.ts"
import type { Credentials } from "./options.ts"

/** Empty text never counts. If no value is required, any other text does. */
const accepted = (wanted: string | undefined, given: string | null | undefined): given is string =>
  given !== null && given !== undefined && given !== "" && (wanted === undefined || given === wanted)

const denied = json(401, { error: "server_error", error_description: "access_denied" })

/** Basic auth, and OAuth tokens by `POST /oauth_token.do`. */
export const makeAuth = (credentials: Credentials, seed: number) => {
  const random = makeRandom(seed ^ 0x5eed)
  const tokens = new Map<string, { readonly user: string; readonly expiresAt: number }>()

  const basicUser = (encoded: string): string | undefined => {
    const decoded = Buffer.from(encoded, "base64").toString("utf8")
    const colon = decoded.indexOf(":")
    const user = decoded.slice(0, Math.max(colon, 0))
    return accepted(credentials.username, user) && accepted(credentials.password, decoded.slice(colon + 1))
      ? user
      : undefined
  }

  const grantedUser = (form: URLSearchParams): string | undefined => {
    const client = form.get("client_id")
    if (!accepted(credentials.clientId, client)) return undefined
    if (!accepted(credentials.clientSecret, form.get("client_secret"))) return undefined
    if (form.get("grant_type") === "client_credentials") return client
    const user = form.get("username")
    return accepted(credentials.username, user) && accepted(credentials.password, form.get("password"))
      ? user
      : undefined
  }

  return {
    /** The user of a request. `undefined` for wrong, missing, unknown or expired credentials. */
    userOf: ({ headers }: SimRequest, now: number): string | undefined => {
      const [, scheme = "", value = ""] = /^(Basic|Bearer) +(\S+)$/i.exec(headers.authorization ?? "") ?? []
      if (scheme.toLowerCase() === "basic") return basicUser(value)
      const token = tokens.get(value)
      return token === undefined || token.expiresAt <= now ? undefined : token.user
    },
    /** Answers a token request. `lifetime` is in seconds. */
    token: ({ body }: SimRequest, now: number, lifetime: number): Answered => {
      const form = new URLSearchParams(body)
      const grant = form.get("grant_type")
      if (grant !== "client_credentials" && grant !== "password") {
        return json(400, { error: "unsupported_grant_type", error_description: "client_credentials or password" })
      }
      const user = grantedUser(form)
      if (user === undefined) return denied
      const access_token = hex32(random) + hex32(random)
      tokens.set(access_token, { user, expiresAt: now + lifetime * 1000 })
      return json(200, { access_token, scope: "useraccount", token_type: "Bearer", expires_in: lifetime })
    },
    /** Refuses every token that was issued so far. */
    expire: (): void => tokens.clear()
  }
}
