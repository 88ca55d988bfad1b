import { Clock, Effect } from "effect"

import { type AddedFault, decodeFaultRule, type FaultRule } from "./FaultRule.ts"
import { makeRandom } from "./random.ts"
import type { FaultOrders, SimRequest } from "./Simulator.ts"

interface Order {
  readonly rule: FaultRule
  readonly fits: (request: SimRequest, idOf: IdOf) => boolean
  /** In [0, 1). */
  readonly dice: () => number
  readonly id: number
  /** Epoch milliseconds. */
  readonly until: number
  /** When a request may meet it again, epoch milliseconds. */
  pausedUntil: number
  remaining: number
  fired: number
  /** For `limit`: the current second, and how many requests were let through in it. */
  second: number
  passed: number
}

/** The communications that a request concerns. */
export type IdOf = (request: SimRequest) => ReadonlyArray<string>

const matcher = ({ match = {} }: FaultRule): Order["fits"] => {
  const method = match.method?.toUpperCase()
  const { contains, id, path } = match
  const pattern = path === undefined || path.startsWith("/") ? undefined : new RegExp(path, "u")
  return (request, idOf) =>
    (method === undefined || request.method === method) &&
    (path === undefined || (pattern === undefined ? request.path.startsWith(path) : pattern.test(request.path))) &&
    (contains === undefined ||
      request.body.includes(contains) ||
      [...request.query].some(([name, value]) => `${name}=${value}`.includes(contains))) &&
    (id === undefined || idOf(request).includes(id))
}

const view = ({ fired, id, remaining, rule }: Order): AddedFault => ({ id, ...rule, remaining, fired })

/** Whether a limit lets one more request through. */
const letsThrough = (order: Order, now: number): boolean => {
  const { perSecond } = order.rule
  if (order.rule.kind !== "limit" || perSecond === undefined) return false
  const second = Math.floor(now / 1000)
  if (second !== order.second) Object.assign(order, { second, passed: 0 })
  if (order.passed >= perSecond) return false
  order.passed++
  return true
}

/** Keeps the requested faults and picks the one that a request meets. */
export const makeFaults = () => {
  let orders: Array<Order> = []
  let lastId = 0

  const orders_: FaultOrders = {
    add: (input) =>
      Effect.all([decodeFaultRule(input), Clock.currentTimeMillis]).pipe(
        Effect.map(([rule, now]) => {
          const random = makeRandom(rule.seed ?? 1)
          const order: Order = {
            rule,
            fits: matcher(rule),
            dice: () => random() / 2 ** 32,
            id: ++lastId,
            until: rule.forMs === undefined ? Infinity : now + rule.forMs,
            pausedUntil: -Infinity,
            remaining: rule.times ?? 1,
            fired: 0,
            second: 0,
            passed: 0
          }
          orders.push(order)
          return view(order)
        }),
        Effect.orDie
      ),
    list: Effect.sync(() => orders.map(view)),
    clear: Effect.sync(() => {
      orders = []
    })
  }

  /** Uses up one time of the first rule that fits, still applies, and whose dice fall. Returns that rule. */
  const take = (request: SimRequest, idOf: IdOf, now: number): AddedFault | undefined => {
    for (const order of orders) {
      const isOver = order.remaining === 0 || now >= order.until
      if (isOver || now < order.pausedUntil || !order.fits(request, idOf)) continue
      if (order.rule.probability !== undefined && order.dice() >= order.rule.probability) continue
      if (letsThrough(order, now)) continue
      if (order.remaining > 0) order.remaining--
      order.fired++
      order.pausedUntil = now + (order.rule.pauseMs ?? 0)
      return view(order)
    }
    return undefined
  }

  return { orders: orders_, take }
}
