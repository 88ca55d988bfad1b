import { readFileSync } from "node:fs"
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import { fileURLToPath } from "node:url"

import { Layer, Result } from "effect"
import { HttpRouter } from "effect/http"

import { parseJourneys } from "../../../src/domain/journeys/JourneysFile.ts"
import { AnswerHeaders } from "../../../src/http/answers.ts"
import { consoleRoute } from "../../../src/http/Console.ts"
import { detailsOf, itemAt, lettersAt, overviewAt } from "./fixtureData.ts"

/** What the service answers to a request of the API. */
interface Answer {
  readonly status: number
  readonly body?: unknown
}

/** May be changed while the service is up. */
export interface FixtureOptions {
  /** How many communications there are. */
  count: number
  /** How many came since the beginning. */
  newer: number
  isWell: boolean
  roles: ReadonlyArray<string>
  /** The answer that refuses every request of the API except the session. */
  refusal: Answer | undefined
  /** Parts of `GET /health/ready`. */
  parts: Readonly<Record<string, { readonly ready: boolean; readonly detail: string }>>
  /** The counts of the next dry runs, in order. The last one stays. */
  totals: Array<number>
  isSignedIn: boolean
  /** All lists are empty. */
  isEmpty: boolean
  /** Every change that was asked for: path and body. */
  readonly changes: Array<{ readonly path: string; readonly body: unknown }>
}

const defaults = (): FixtureOptions => ({
  count: 400,
  newer: 0,
  isWell: false,
  roles: ["viewer", "operator", "privacy"],
  refusal: undefined,
  parts: {},
  totals: [],
  isSignedIn: true,
  isEmpty: false,
  changes: []
})

const journeysShown = () => {
  const parsed = parseJourneys(readFileSync("journeys.yaml", "utf8"))
  if (Result.isFailure(parsed)) throw new Error("journeys.yaml is wrong")
  return {
    items: [...parsed.success.journeys.values()].map((journey) => ({ name: journey.name, default: false, journey }))
  }
}

const operations = (now: number) => [
  {
    id: "op-3",
    action: "retry",
    by: "ana",
    at: now - 40_000,
    reason: "grupo criado no ServiceNow",
    state: "running",
    total: 27,
    done: 11,
    failures: []
  },
  {
    id: "op-2",
    action: "reveal",
    by: "carla",
    at: now - 4_000_000,
    reason: "titular pediu",
    state: "done",
    total: 1,
    done: 1,
    failures: [],
    endedAt: now - 3_999_000
  },
  {
    id: "op-1",
    action: "sent",
    by: "ana",
    at: now - 90_000_000,
    reason: "a Weni confirmou por telefone",
    state: "done",
    total: 3,
    done: 3,
    failures: [{ id: itemAt(2, now).id, reason: "its dispatch is not in doubt: sent", tag: "NotInDoubt" }],
    endedAt: now - 89_990_000
  }
]

const auditAt = (now: number, isWell: boolean) => ({
  topics: [
    {
      topic: "comunicacaoTransacional",
      partition: 0,
      committed: 88_215,
      ended: isWell ? 88_210 : 88_207,
      skipped: 5,
      unaccounted: isWell ? 0 : 3,
      undelivered: 0,
      first: 0,
      earliest: 4712,
      ...(!isWell && {
        missing: [
          { first: 4701, last: 4702 },
          { first: 4715, last: 4715 }
        ]
      })
    }
  ],
  unaccounted: isWell ? 0 : 3,
  ahead: 0,
  stalled: isWell ? 0 : 1,
  overdue: 0,
  ...(!isWell && { stalledIds: [itemAt(3, now).id] })
})

/** The API of an invented service, in the shapes of the contract. */
const answerOf = (
  options: FixtureOptions,
  now: number,
  method: string,
  url: URL,
  body: Record<string, unknown>
): Answer => {
  const { count, isEmpty, isWell, newer, refusal, roles } = options
  const path = url.pathname
  if (method !== "GET" && !path.endsWith("/search")) options.changes.push({ path, body })
  if (path === "/api/session" && method === "POST") {
    options.isSignedIn = body["token"] === "token-of-ana-0001"
    return options.isSignedIn ? { status: 204 } : { status: 401, body: { error: "no such token" } }
  }
  if (!options.isSignedIn) return { status: 401, body: { error: "expected a token" } }
  if (path === "/api/session") return { status: 200, body: { name: "ana", roles } }
  if (refusal !== undefined) return refusal
  const nothing = { status: 200, body: { items: [], next: null } }
  if (isEmpty && method === "GET" && !/overview|journeys|audit/.test(path)) return nothing
  if (isEmpty && path.endsWith("/search")) return nothing
  if (path === "/api/overview") return { status: 200, body: overviewAt(Date.now(), isWell) }
  if (path === "/api/journeys") return { status: 200, body: journeysShown() }
  if (path === "/api/communications/search") {
    const from = Number(body["cursor"] ?? 0)
    const limit = Number(body["limit"] ?? 50)
    const status = (body["status"] ?? []) as ReadonlyArray<string>
    const all = Array.from({ length: count + newer }, (_, index) => itemAt(index - newer, now)).filter(
      (item) =>
        (status.length === 0 || [item.status, ...item.marks].some((one) => status.includes(one))) &&
        (body["q"] === undefined ||
          item.order === body["q"] ||
          item.customer?.phone === `***${String(body["q"]).slice(-4)}`)
    )
    const items = all.slice(from, from + limit)
    return { status: 200, body: { items, next: from + limit < all.length ? String(from + limit) : null } }
  }
  const one = /^\/api\/communications\/([^/]+)(\/\w+)?$/.exec(path)
  if (one !== null && one[2] === "/retry")
    return body["dryRun"] === true
      ? {
          status: 200,
          body: {
            id: "x",
            steps: [{ step: "case", does: "opens the Case", tag: "OpensCase", request: { short_description: "…" } }]
          }
        }
      : { status: 202, body: { operation: "op-3" } }
  if (one !== null) return { status: 200, body: detailsOf(itemAt(0, now)) }
  if (path === "/api/dead-letters/redrive")
    return {
      status: 200,
      body: {
        items: ((body["ids"] ?? []) as ReadonlyArray<string>).map((id) => ({ id, outcome: "WouldRedrive" }))
      }
    }
  if (path.startsWith("/api/dead-letters")) return { status: 200, body: { items: lettersAt(now), next: null } }
  if (path === "/api/parked")
    return {
      status: 200,
      body: {
        items: [
          {
            id: "1",
            at: now - 100_000,
            evento: "lida",
            names: [{ kind: "message_id", value: "wamid.X" }],
            origin: { topic: "omnichannelRespostaCampanha", partition: 1, offset: 71 },
            index: 0
          }
        ],
        next: null
      }
    }
  if (path.startsWith("/api/audit")) return { status: 200, body: auditAt(now, isWell) }
  if (path === "/api/operations" && method === "POST")
    return body["dryRun"] === true
      ? {
          status: 200,
          body: {
            total: nextTotal(options, body),
            items: planned(body, now)
          }
        }
      : { status: 202, body: { id: "op-3", total: 27 } }
  if (path === "/api/operations") return { status: 200, body: { items: operations(now), next: null } }
  if (path.startsWith("/api/operations/"))
    return { status: 200, body: operations(now).find(({ id }) => path.includes(id)) }
  if (path === "/api/preview")
    return {
      status: 200,
      body: {
        kind: "record" in body ? "record" : "event",
        verdict: "new",
        id: "pedido_entregue_amanha|1|800001PED0001",
        journey: "pedido_entregue_amanha",
        problems: [],
        warnings: ["e-mail fora do padrão: ignorado"],
        decoded: {},
        case: {
          short_description: "Confirmação de entrega do pedido PED0001",
          description: "Olá, Maria! Informamos que sua entrega está prevista para 16/01/2026.",
          state: 10,
          priority: 3
        },
        message: { contacts: [{ fullNumber: "+5511***", num_pedido: "PED0001" }] },
        response: { response_status: "success" }
      }
    }
  return { status: 404, body: { error: "there is no such route" } }
}

/** What the dry run of a retry says of many: some cannot be done. */
const planned = ({ action, ids = [] }: Record<string, unknown>, now: number) =>
  action === "retry"
    ? Array.from({ length: 20 }, (_, index) =>
        index % 10 === 7
          ? { id: itemAt(index, now).id, reason: "the message was sent", tag: "Sent" }
          : {
              id: itemAt(index, now).id,
              does: "case: opens the Case",
              steps: [{ step: "case", tag: "OpensCase" }]
            }
      )
    : (ids as ReadonlyArray<string>).map((id) => ({ id, does: `takes the decision ${String(action)}` }))

/** How many a dry run counts. */
const nextTotal = (options: FixtureOptions, body: Record<string, unknown>): number => {
  const [next, ...rest] = options.totals
  if (rest.length > 0) options.totals = rest
  return next ?? (((body["ids"] ?? []) as ReadonlyArray<string>).length || 27)
}

const bodyOf = async (request: IncomingMessage): Promise<Record<string, unknown>> => {
  const chunks: Array<Buffer> = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString()
  return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>)
}

/** Serves the built console as the service does, and beside it an API of fixed data. */
export const startFixtureService = async (
  given: Partial<FixtureOptions> = {}
): Promise<{ server: Server; url: string; options: FixtureOptions }> => {
  const options = { ...defaults(), ...given }
  const began = Date.now()
  const folder = fileURLToPath(new URL("../../../console/dist", import.meta.url))
  const { handler } = HttpRouter.toWebHandler(Layer.merge(consoleRoute(folder), AnswerHeaders), { disableLogger: true })
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? "/", "http://127.0.0.1")
    if (url.pathname.startsWith("/api/")) {
      const { body, status } = answerOf(options, began, request.method ?? "GET", url, await bodyOf(request))
      if (status === 0) {
        response.destroy()
        return
      }
      response
        .writeHead(status, { "content-type": "application/json" })
        .end(status === 204 ? "" : JSON.stringify(body ?? {}))
      return
    }
    if (url.pathname === "/health/ready") {
      const text = JSON.stringify({ ready: false, parts: options.parts })
      response.writeHead(503, { "content-type": "application/json" }).end(text)
      return
    }
    const headers = Object.entries(request.headers).filter(
      (entry): entry is [string, string] => typeof entry[1] === "string"
    )
    const answered = await handler(new Request(url, { headers }))
    response
      .writeHead(answered.status, Object.fromEntries(answered.headers))
      .end(Buffer.from(await answered.arrayBuffer()))
  }
  const server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  const port = typeof address === "object" && address !== null ? address.port : 0
  return { server, url: `http://127.0.0.1:${port}`, options }
}
