import type { Json } from "./types.ts"

/** A refusal of the service. `status` is 0 if nothing answered. */
export class ApiError extends Error {
  readonly status: number
  readonly detail: string | undefined
  readonly ids: ReadonlyArray<string>

  constructor(status: number, error: string, detail?: string, ids: ReadonlyArray<string> = []) {
    super(error)
    this.status = status
    this.detail = detail
    this.ids = ids
  }
}

/** Makes a refusal of whatever was thrown. */
export const errorOf = (cause: unknown): ApiError =>
  cause instanceof ApiError ? cause : new ApiError(0, String(cause))

const signedOutListeners = new Set<() => void>()

/** Calls back whenever a request is answered with 401. */
export const onSignedOut = (listener: () => void): (() => void) => {
  signedOutListeners.add(listener)
  return () => signedOutListeners.delete(listener)
}

const textIn = (body: unknown, name: string): string | undefined => {
  if (typeof body !== "object" || body === null) return undefined
  const value: unknown = Reflect.get(body, name)
  return typeof value === "string" ? value : undefined
}

const refusalOf = async (response: Response): Promise<ApiError> => {
  const body: unknown = await response.json().catch(() => undefined)
  const ids: unknown = typeof body === "object" && body !== null ? Reflect.get(body, "ids") : undefined
  return new ApiError(
    response.status,
    textIn(body, "error") ?? response.statusText,
    textIn(body, "detail"),
    Array.isArray(ids) ? ids.map(String) : []
  )
}

const send = async (
  method: string,
  path: string,
  body: object | undefined,
  signal?: AbortSignal
): Promise<Response> => {
  const response = await fetch(path, {
    method,
    credentials: "same-origin",
    headers: { accept: "application/json", ...(body && { "content-type": "application/json" }) },
    ...(body && { body: JSON.stringify(body) }),
    ...(signal && { signal })
  }).catch((cause: unknown) => {
    if (signal?.aborted) throw cause
    throw new ApiError(0, "network")
  })
  if (response.ok) return response
  const refusal = await refusalOf(response)
  if (response.status === 401 && path !== "/api/session") for (const listener of signedOutListeners) listener()
  throw refusal
}

/** The answer is of the shape that the contract gives the route: the service and the console are of one version. */
const answerOf = async <A>(response: Promise<Response>): Promise<A> => {
  const answered = await response
  if (answered.status === 204) return undefined as A
  if (!(answered.headers.get("content-type") ?? "").includes("json")) throw new ApiError(404, "not found")
  return (await answered.json()) as A
}

export const get = <A>(path: string, signal?: AbortSignal): Promise<A> =>
  answerOf<A>(send("GET", path, undefined, signal))

export const post = <A>(path: string, body: object, signal?: AbortSignal): Promise<A> =>
  answerOf<A>(send("POST", path, body, signal))

export const signOut = (): Promise<Response> => send("DELETE", "/api/session", {})

/** Which part keeps the service from answering, as `GET /health/ready` reports it. `undefined` if it does not. */
export const unreadyPart = async (): Promise<"starting" | "database" | "kafka" | undefined> => {
  const response = await fetch("/health/ready").catch(() => undefined)
  const body: unknown = await response?.json().catch(() => undefined)
  const parts = (body as { readonly parts?: Readonly<Record<string, { ready: boolean; detail: string }>> } | undefined)
    ?.parts
  if (parts === undefined) return undefined
  const { database, kafka } = parts
  if (database && !database.ready) return /answer|reach|lost|ended/i.test(database.detail) ? "database" : "starting"
  if (kafka && !kafka.ready) return /answer/i.test(kafka.detail) ? "kafka" : "starting"
  return undefined
}

/** `/api/x?status=a&status=b`, without absent fields. */
export const withQuery = (
  path: string,
  fields: Readonly<Record<string, string | number | ReadonlyArray<string> | undefined>>
): string => {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined || value === "") continue
    for (const one of Array.isArray(value) ? value : [value]) query.append(name, String(one))
  }
  return query.size === 0 ? path : `${path}?${query}`
}

export const isJson = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value)
