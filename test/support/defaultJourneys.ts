import { mkdtempSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** The project's own journeys without their `expiresAfter`, because the orders of the fixtures are old. */
export const defaultJourneys = readFileSync("journeys.yaml", "utf8").replace(/^ {4}expiresAfter:.*\n/m, "")

let file: string | undefined

/** The path of a file with these journeys. */
export const defaultJourneysFile = (): string => {
  if (file === undefined) {
    file = join(mkdtempSync(join(tmpdir(), "brom-ctx-journeys-")), "journeys.yaml")
    writeFileSync(file, defaultJourneys)
  }
  return file
}
