import { Clock, Context, Effect, Layer } from "effect"

const window = 60_000
const allowed = 20

/** Maximum number of remembered addresses. The one with the oldest wrong token is dropped first. */
const mostAddresses = 10_000

/**
 * Counts wrong tokens by the address that sent them (SPEC 11.3). A right token is always accepted, so wrong ones cannot
 * lock the operators out.
 */
export class WrongTokens extends Context.Service<
  WrongTokens,
  {
    /** Counts one more. True if the address has sent more than twenty within a minute. */
    isOneTooMany(address: string): Effect.Effect<boolean>
  }
>()("brom-ctx/http/WrongTokens") {
  static readonly layer = Layer.sync(WrongTokens, () => {
    const times = new Map<string, ReadonlyArray<number>>()
    return WrongTokens.of({
      isOneTooMany: Effect.fnUntraced(function* (address) {
        const now = yield* Clock.currentTimeMillis
        const recent = (times.get(address) ?? []).filter((at) => at > now - window)
        const tooMany = recent.length >= allowed
        times.delete(address)
        times.set(address, tooMany ? recent : [...recent, now])
        const [oldest] = times.keys()
        if (times.size > mostAddresses && oldest !== undefined) times.delete(oldest)
        return tooMany
      })
    })
  })
}
