import { spawn } from "node:child_process"
import { createServer } from "node:net"

const freePort = () =>
  new Promise<number>((resolve) => {
    const server = createServer()
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0))
    })
  })

/** `npm run demo -- --keep` in a process of its own, once its console is up. */
export const startDemo = async (): Promise<{ readonly url: string; stop(): Promise<void> }> => {
  const port = await freePort()
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
