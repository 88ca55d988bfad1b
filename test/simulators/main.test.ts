import { spawn } from "node:child_process"
import { createServer } from "node:net"

import { assert, describe, it } from "vitest"

import { guestSysId, instanceNames } from "../../simulators/servicenow/instances.ts"
import type { ServiceNowOptions } from "../../simulators/servicenow/options.ts"

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

  it("--instance and the options in the environment make the instance", async () => {
    const env = { ...anyPort, SIM_SERVICENOW_OPTIONS: '{"timeZone":"UTC"}', SIM_WENI_OPTIONS: '{"invalidNumbers":[]}' }
    let asked: Promise<unknown> | undefined
    const ask = async (out: string) => {
      const [, serviceNow] = /SERVICENOW_URL=(\S+)/.exec(out) ?? []
      const answer = await fetch(`${serviceNow}/_sim/options`)
      const { options } = (await answer.json()) as { options: ServiceNowOptions }
      return [options.columnLengths, options.timeZone, options.references]
    }
    const ended = await run(env, {
      args: ["--instance", "short-key"],
      seen: (out, stop) => {
        if (asked !== undefined || !out.includes("Stop with Ctrl+C.")) return
        asked = ask(out).finally(stop)
      }
    })
    assert.deepStrictEqual(await asked, [{ u_id_correlacao: 40 }, "UTC", "empty"])
    assert.deepStrictEqual([ended.code, ended.err], [0, ""])
    assert.include(ended.out, "short-key: u_id_correlacao is cut at 40 characters")
    assert.include(ended.out, `SERVICENOW_GUEST_CONSUMER=${guestSysId}`)
  })

  it("--help names every variable and every instance, and ends with 0", async () => {
    const { code, err, out } = await run({}, { args: ["--help"] })
    assert.deepStrictEqual([code, err], [0, ""])
    for (const name of instanceNames) assert.include(out, `  ${name} `)
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
        "SIM_SERVICENOW_OPTIONS",
        "SIM_WENI_API_KEY",
        "SIM_WENI_API_SECRET",
        "SIM_WENI_MESSAGE_IDS",
        "SIM_WENI_OPTIONS"
      ]
    )
  })

  it("all wrong arguments and variables are named at once, exit code 1", async () => {
    const env = {
      SIM_SERVICENOW_PORT: "abc",
      SIM_WENI_PORT: "65536",
      SIM_WENI_MESSAGE_IDS: "yes",
      SIM_SERVICENOW_OPTIONS: '{"strictQuery":1}',
      SIM_WENI_OPTIONS: "{"
    }
    assert.deepStrictEqual(await run(env, { args: ["--instance=bad", "--fast"] }), {
      code: 1,
      out: "",
      err:
        "--fast: expected --instance or --help\n" +
        `--instance: expected one of ${instanceNames.join(", ")}, got "bad"\n` +
        'SIM_SERVICENOW_PORT: expected a whole number from 0 to 65535, got "abc"\n' +
        'SIM_WENI_PORT: expected a whole number from 0 to 65535, got "65536"\n' +
        "SIM_SERVICENOW_OPTIONS: strictQuery: expected boolean, got 1\n" +
        'SIM_WENI_MESSAGE_IDS: expected true or false, got "yes"\n' +
        'SIM_WENI_OPTIONS: expected a JSON document, got "{"\n'
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
