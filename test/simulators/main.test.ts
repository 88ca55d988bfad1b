import { spawn } from "node:child_process"
import { createServer } from "node:net"

import { assert, describe, it } from "vitest"

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Runs `simulators/main.ts`; `seen` gets everything printed so far, at each new piece, and may stop it. */
const run = (
  env: Record<string, string>,
  options: { readonly args?: ReadonlyArray<string>; readonly seen?: (out: string, stop: () => void) => void } = {}
) =>
  new Promise<Ended>((resolve) => {
    const main = new URL("../../simulators/main.ts", import.meta.url).pathname
    const child = spawn(process.execPath, [main, ...(options.args ?? [])], { env })
    let [out, err] = ["", ""]
    child.stdout.on("data", (piece: Buffer) => {
      out += piece.toString()
      options.seen?.(out, () => child.kill("SIGTERM"))
    })
    child.stderr.on("data", (piece: Buffer) => {
      err += piece.toString()
    })
    child.on("close", (code) => resolve({ code, out, err }))
  })

const anyPort = { SIM_SERVICENOW_PORT: "0", SIM_WENI_PORT: "0" }

describe("npm run simulators", () => {
  it("CONTRACT: starts both, prints their addresses, serves them as configured, and exits with 0 on SIGTERM", async () => {
    const env = { ...anyPort, SIM_SERVICENOW_FIRST_CASE: "1005", SIM_SERVICENOW_PASSWORD: "pw", SIM_WENI_API_KEY: "k" }
    let asked: Promise<ReadonlyArray<unknown>> | undefined
    const ask = async (out: string): Promise<ReadonlyArray<unknown>> => {
      const [, serviceNow] = /SERVICENOW_URL=(\S+)/.exec(out) ?? []
      const [, weni] = /WENI_URL=(\S+)/.exec(out) ?? []
      const authorization = `Basic ${Buffer.from("any:pw").toString("base64")}`
      const post = (url: string, headers: Record<string, string>) => fetch(url, { method: "POST", headers, body: "{}" })
      const created = await post(`${serviceNow}/api/now/table/sn_customerservice_case?sysparm_fields=number`, {
        authorization
      })
      const wrongKey = await post(`${weni}/v1/campaigns/x/dispatch`, { "x-api-key": "other", "x-api-secret": "any" })
      return [await created.json(), wrongKey.status]
    }
    const ended = await run(env, {
      seen: (out, stop) => {
        if (asked !== undefined || !out.includes("Stop with Ctrl+C.")) return
        asked = ask(out).finally(stop)
      }
    })
    assert.deepStrictEqual(await asked, [{ result: { number: "CS0001005" } }, 401])
    assert.deepStrictEqual([ended.code, ended.err], [0, ""])
    assert.match(ended.out, /curl -s http:\/\/127\.0\.0\.1:\d+\/_sim\/faults -d '/)
    assert.notInclude(ended.out, "pw")
  })

  it("--help names every variable and ends with 0", async () => {
    const { code, err, out } = await run({}, { args: ["--help"] })
    assert.deepStrictEqual([code, err], [0, ""])
    assert.deepStrictEqual(
      [...out.matchAll(/SIM_[A-Z_]+/g)].map(([name]) => name),
      [
        "SIM_HOST",
        "SIM_SERVICENOW_PORT",
        "SIM_WENI_PORT",
        "SIM_SERVICENOW_USERNAME",
        "SIM_SERVICENOW_PASSWORD",
        "SIM_SERVICENOW_CLIENT_ID",
        "SIM_SERVICENOW_CLIENT_SECRET",
        "SIM_SERVICENOW_FIRST_CASE",
        "SIM_WENI_API_KEY",
        "SIM_WENI_API_SECRET",
        "SIM_WENI_MESSAGE_IDS"
      ]
    )
  })

  it("all wrong variables are named at once, exit code 1", async () => {
    const env = { SIM_SERVICENOW_PORT: "abc", SIM_WENI_PORT: "65536", SIM_WENI_MESSAGE_IDS: "yes" }
    assert.deepStrictEqual(await run(env), {
      code: 1,
      out: "",
      err:
        'SIM_SERVICENOW_PORT: expected a whole number from 0 to 65535, got "abc"\n' +
        'SIM_WENI_PORT: expected a whole number from 0 to 65535, got "65536"\n' +
        'SIM_WENI_MESSAGE_IDS: expected true or false, got "yes"\n'
    })
  })

  it("a port that is taken is named, exit code 1", async () => {
    const server = createServer()
    const port = await new Promise<number>((resolve) => {
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        resolve(typeof address === "object" && address !== null ? address.port : 0)
      })
    })
    const ended = await run({ ...anyPort, SIM_WENI_PORT: String(port) })
    await new Promise((resolve) => server.close(resolve))
    assert.strictEqual(ended.code, 1)
    assert.match(ended.err, new RegExp(`^cannot listen on 127\\.0\\.0\\.1:${port}: .*EADDRINUSE`))
  })
})
