import { spawn } from "node:child_process"

import { Effect } from "effect"

import { freePort } from "../../support/freePorts.ts"

/** `npm run demo -- --keep` in a process of its own, once its console is up. */
export const startDemo = async (): Promise<{ readonly url: string; stop(): Promise<void> }> => {
  const port = await Effect.runPromise(freePort)
  const child = spawn(process.execPath, ["demo/main.ts", "--keep", "--count", "48", "--port", String(port)], {
    stdio: ["ignore", "pipe", "inherit"]
  })
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()))
  const url = `http://127.0.0.1:${port}`
  let told = ""
  await new Promise<void>((resolve, reject) => {
    child.stdout.on("data", (chunk: Buffer) => {
      told += chunk.toString()
      if (told.includes(`the console: ${url}`)) resolve()
    })
    void ended.then(() => reject(new Error(`the demo ended:\n${told.slice(-2000)}`)))
  })
  return {
    url,
    stop: async () => {
      child.kill("SIGINT")
      await ended
    }
  }
}
