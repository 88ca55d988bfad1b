import { Effect, Layer } from "effect"
import { Command } from "effect/cli"

import { HttpUndici } from "../layers/http/HttpUndici.ts"
import { ServiceNowTablesHttp } from "../layers/servicenow/ServiceNowTablesHttp.ts"
import { settingsEnvFor } from "../layers/settings/SettingsEnv.ts"
import { WeniAccessHttp } from "../layers/weni/WeniAccessHttp.ts"
import { doctor } from "../programs/operator/doctor/doctor.ts"
import type { Finding } from "../programs/operator/doctor/Finding.ts"
import { ProblemFound } from "./exitCodes.ts"
import { json, switchFlag } from "./flags.ts"
import { note, print, table } from "./output.ts"

const words: Readonly<Record<Finding["verdict"], string>> = {
  ok: "ok",
  warning: "WARNING",
  problem: "PROBLEM",
  unknown: "unknown"
}

const lines = (findings: ReadonlyArray<Finding>): ReadonlyArray<string> =>
  table(findings.map(({ check, text, verdict }) => [words[verdict], check, text]))

/** `ctx doctor`: checks whether the service can work with the vendors that the environment names. */
export const doctorCommand = Command.make(
  "doctor",
  {
    write: switchFlag(
      "write",
      "Also make one customer and one Case in ServiceNow, write on it and close it again (default: only read)"
    ),
    json
  },
  Effect.fnUntraced(
    function* ({ json: asJson, write }) {
      yield* note(`asking ServiceNow and Weni${write ? ", and writing one customer and one Case" : ""} …`)
      const findings = yield* doctor({ write })
      yield* print(asJson, findings, lines(findings))
      const problems = findings.filter(({ verdict }) => verdict === "problem").length
      if (problems > 0)
        return yield* new ProblemFound({ detail: `${problems} problem${problems === 1 ? "" : "s"} found` })
    },
    Effect.provide(Layer.provide(Layer.merge(ServiceNowTablesHttp, WeniAccessHttp), HttpUndici)),
    Effect.provide(settingsEnvFor("SERVICENOW_", "WENI_", "TCP_"))
  )
).pipe(
  Command.withDescription(
    "Ask ServiceNow and Weni whether the service can work with them; reads only, and sends no message (needs SERVICENOW_* and WENI_*)"
  ),
  Command.withExamples([
    { command: "npm run ctx -- doctor", description: "Only reads" },
    { command: "npm run ctx -- doctor --write", description: "Also opens one Case and closes it again" }
  ])
)
