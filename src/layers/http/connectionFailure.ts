import { ConnectionLost, NotConnected } from "../../services/Http.ts"

const codeOf = (error: unknown) =>
  typeof error === "object" && error !== null && "code" in error && typeof error.code === "string"
    ? error.code
    : undefined

const detailOf = (error: unknown) => {
  const message = error instanceof Error ? error.message : String(error)
  const code = codeOf(error)
  if (code === undefined || message.includes(code)) return message
  return message === "" ? code : `${code}: ${message}`
}

/**
 * What an error of undici or of the socket means: before sending began (refused, unknown host, TLS, connect time-out) the
 * request was surely not carried out, from then on (reset, closed, cut answer) nobody knows.
 */
export const connectionFailure = (
  error: unknown,
  sending: boolean,
  known: { readonly status?: number }
): NotConnected | ConnectionLost =>
  sending ? new ConnectionLost({ detail: detailOf(error), ...known }) : new NotConnected({ detail: detailOf(error) })

/** Where `HttpRequest.mayBegin` said no; in Portuguese, for it may become a response's `detalhe`. */
export const notBegun = new NotConnected({
  detail: "não enviado: este processo pode ter perdido a comunicação",
  withheld: true
})
