import { readFileSync } from "node:fs"
import { Agent, type AgentOptions } from "node:http"
import { Agent as SecureAgent, type AgentOptions as SecureAgentOptions } from "node:https"

import { Clock } from "effect"

import { monotonicNow } from "../../domain/values/monotonicTime.ts"
import { type Proxies, proxyFor } from "../../domain/values/proxyFor.ts"
import type { ExportSettings } from "../../services/Settings.ts"

/** Milliseconds for which a connection is kept. Then the name of the collector is looked up again. */
const longest = 45_000

/** Makes the agent give up connections by their age. */
const aging = <A extends Agent>(agent: A, clock: Clock.Clock): A => {
  const since = new WeakMap<object, number>()
  const keep = agent.keepSocketAlive.bind(agent)
  agent.keepSocketAlive = (socket) => {
    const now = monotonicNow(clock)
    const first = since.get(socket) ?? now
    since.set(socket, first)
    return now - first < longest && keep(socket)
  }
  return agent
}

/** The agent for the connections of one exporter: through the proxy for its URL, with its certificates. */
export const exportAgent = (settings: ExportSettings, proxies: Proxies, clock: Clock.Clock): Agent => {
  const proxy = proxyFor(settings.url, proxies)?.href
  const options: AgentOptions = {
    keepAlive: true,
    ...(proxy !== undefined && { proxyEnv: { HTTP_PROXY: proxy, HTTPS_PROXY: proxy } })
  }
  if (settings.url.startsWith("http:")) return aging(new Agent(options), clock)
  const { authority, certificate, key } = settings
  const secure: SecureAgentOptions = {
    ...options,
    ...(authority !== undefined && { ca: readFileSync(authority) }),
    ...(certificate !== undefined && { cert: readFileSync(certificate) }),
    ...(key !== undefined && { key: readFileSync(key) })
  }
  return aging(new SecureAgent(secure), clock)
}
