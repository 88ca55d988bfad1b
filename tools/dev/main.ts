// `npm run dev`: runs the service with the settings of tools/dev.env, and restarts it after each change of src or
// journeys.yaml. Node's own --watch ends with a native stack trace at Ctrl+C, while the service still stops.
import { type ChildProcess, spawn } from "node:child_process"
import { existsSync, watch } from "node:fs"

const flags = ["--env-file=tools/dev.env", ...(existsSync(".env") ? ["--env-file=.env"] : []), "--v8-pool-size=2"]
const say = (text: string) => process.stderr.write(`dev: ${text}\n`)

let service: ChildProcess | undefined
let isStopping = false
let isChanged = false

const start = (): void => {
  isChanged = false
  service = spawn(process.execPath, [...flags, "src/main.ts"], { stdio: "inherit" })
  service.once("exit", (code) => {
    service = undefined
    if (isStopping) process.exit(code ?? 0)
    if (isChanged) return start()
    say(`the service ended (exit ${code}); the next change starts it again`)
  })
}

/** Editors write a file in several steps, so the restart waits until they are done. */
let pending: NodeJS.Timeout | undefined
const change = (path: string): void => {
  clearTimeout(pending)
  pending = setTimeout(() => {
    say(`${path} has changed`)
    isChanged = true
    if (service === undefined) start()
    else service.kill("SIGTERM")
  }, 100)
}

// The terminal also sends Ctrl+C to the service.
process.on("SIGINT", () => {
  isStopping = true
  if (service === undefined) process.exit(0)
})
process.on("SIGTERM", () => {
  isStopping = true
  if (service?.kill("SIGTERM") !== true) process.exit(0)
})

watch("src", { recursive: true }, (_, file) => change(`src/${file}`))
// Watches the folder, not the file, because editors replace the file.
watch(".", (_, file) => {
  if (file === "journeys.yaml" || file === ".env") change(file)
})

say(
  "Kafka on 127.0.0.1:29092 (sh tools/kafka/kafka.sh start data/kafka 29092) and the simulators (npm run simulators) must run"
)
say(
  "the console is at http://127.0.0.1:8080/; a change of src, journeys.yaml or .env restarts the service; Ctrl+C stops it"
)
start()
