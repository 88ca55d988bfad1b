import { mkdtempSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** Writes a file with the project's journeys, whose closes have the resolution code that a strict instance requires. */
export const writeJourneys = (): string => {
  const file = join(mkdtempSync(join(tmpdir(), "brom-ctx-demo-")), "journeys.yaml")
  const text = readFileSync(new URL("../journeys.yaml", import.meta.url), "utf8")
  writeFileSync(file, text.replace(/^( +)# (resolutionCode: \w+).*$/m, "$1$2"))
  return file
}
