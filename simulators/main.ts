import { NodeRuntime } from "@effect/platform-node"
import { Cause, Effect, Exit, Runtime } from "effect"

import { serveSimulator } from "./core/serveSimulator.ts"
import { guestSysId, instances } from "./servicenow/instances.ts"
import { makeServiceNowSimulator } from "./servicenow/ServiceNowSimulator.ts"
import { instanceHelp, readSettings, type SimulatorSettings, variables } from "./settings.ts"
import { makeWeniSimulator } from "./weni/WeniSimulator.ts"

const usage = `npm run simulators: ServiceNow and Weni as HTTP servers with faults to order (simulators/README.md)

  --instance <name>  which ServiceNow it is (default: good)
  --help             this text

Instances:
${instanceHelp}

Environment:
${variables}`

const started = (serviceNow: string, weni: string, settings: SimulatorSettings) => `Simulators:
  ServiceNow ${serviceNow}  (help: ${serviceNow}/_sim)  ${settings.instance}: ${instances[settings.instance].help}
  Weni       ${weni}  (help: ${weni}/_sim)

Settings for the service (credentials as configured; without any, every value that is not empty is accepted):
  SERVICENOW_URL=${serviceNow} SERVICENOW_USERNAME=${settings.serviceNow.credentials?.username ?? "integration"} SERVICENOW_PASSWORD=…
  SERVICENOW_GUEST_CONSUMER=${guestSysId}
  WENI_URL=${weni} WENI_API_KEY=… WENI_API_SECRET=…

A fault to order, here the next Case created without an answer:
  curl -s ${serviceNow}/_sim/faults -d '{"kind":"timeout","when":"after","match":{"method":"POST","path":"/api/now/table/sn_"}}'

Stop with Ctrl+C.`

const serve = Effect.fnUntraced(function* (settings: SimulatorSettings) {
  const { host, serviceNowPort, weniPort } = settings
  const serviceNow = yield* serveSimulator(yield* makeServiceNowSimulator(settings.serviceNow), {
    port: serviceNowPort,
    host
  })
  const weni = yield* serveSimulator(yield* makeWeniSimulator(settings.weni), { port: weniPort, host })
  console.log(started(serviceNow.url, weni.url, settings))
  return yield* Effect.never
}, Effect.scoped)

const main = Effect.suspend(() => {
  if (process.argv.includes("--help")) return Effect.sync(() => console.log(usage))
  return Effect.flatMap(readSettings(process.env, process.argv.slice(2)), (settings) =>
    Effect.mapError(serve(settings), ({ message }) => [message])
  )
}).pipe(Effect.tapError((lines) => Effect.sync(() => lines.forEach((line) => console.error(line)))))

NodeRuntime.runMain(main, {
  disableErrorReporting: true,
  // A signal is the usual end of a server: exit 0.
  teardown: (exit, onExit) =>
    Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause) ? onExit(0) : Runtime.defaultTeardown(exit, onExit)
})
