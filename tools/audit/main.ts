// `npm run advisories`: fails if an installed package of the service has a known advisory of high severity or above.
// If the registry does not answer, it says so and does not fail.
import { spawnSync } from "node:child_process"

import { auditVerdict } from "./verdict.ts"

const { stdout } = spawnSync("npm", ["audit", "--omit=dev", "--json"], { encoding: "utf8", timeout: 60_000 })
const verdict = auditVerdict(stdout ?? "")
switch (verdict._tag) {
  case "Unanswered":
    process.stdout.write("the registry does not answer npm audit: no advisories were looked for\n")
    break
  case "Clean":
    process.stdout.write("no known advisory of high severity or above\n")
    break
  case "Known":
    process.stderr.write(`${verdict.packages.join("\n")}\n`)
    process.exitCode = 1
}
