import { Duration, Effect, Layer } from "effect"

import { ConnectionLost, NotConnected, Timeout } from "../src/domain/vendor/failureReasons.ts"
import { Http, HttpError, type HttpRequest } from "../src/services/Http.ts"
import { releaseStartPermit } from "../src/services/StartPermit.ts"
import type { SimAnswer, SimRequest, Simulator } from "./core/Simulator.ts"

const simRequestOf = ({ body = "", headers, method, url }: HttpRequest): SimRequest => {
  const { pathname, search } = new URL(url)
  return { method, path: pathname, query: new URLSearchParams(search), headers, body }
}

const lost = (detail: string) => new HttpError({ reason: new ConnectionLost({ detail }) })
const notConnected = (detail: string) => new HttpError({ reason: new NotConnected({ detail }) })

const withheld = new HttpError({ reason: new NotConnected({ detail: "not begun", withheld: true }) })

const answered = (answer: SimAnswer) => {
  switch (answer) {
    case "hang":
      return Effect.never
    case "drop":
      return Effect.fail(lost("dropped"))
    case "refuse":
      return Effect.fail(notConnected("refused"))
    default:
      return Effect.succeed(answer)
  }
}

/**
 * `Http` without a network, for tests and the simulation: requests go by origin to the simulators of this process, and
 * time-outs follow Effect's clock. An origin without a simulator refuses the connection.
 */
export const httpInProcess = (simulators: Readonly<Record<string, Simulator>>) =>
  Layer.succeed(
    Http,
    Http.of({
      send: (request) => {
        const simulator = simulators[new URL(request.url).origin]
        if (simulator === undefined) return Effect.fail(notConnected("no such host"))
        const begun = Effect.suspend(() => (request.mayBegin?.() === false ? Effect.fail(withheld) : Effect.void))
        return Effect.andThen(begun, Effect.andThen(releaseStartPermit, simulator.handle(simRequestOf(request)))).pipe(
          Effect.flatMap(answered),
          Effect.timeoutOrElse({
            duration: Duration.millis(request.timeout),
            orElse: () =>
              Effect.fail(new HttpError({ reason: new Timeout({ after: Duration.millis(request.timeout) }) }))
          })
        )
      }
    })
  )
