import { Result } from "effect"

import type { Credentials, ServiceNowSettings } from "./servicenow/options.ts"
import type { WeniSettings } from "./weni/options.ts"

/** Where the two servers listen and what they accept. */
export interface SimulatorSettings {
  readonly host: string
  readonly serviceNowPort: number
  readonly weniPort: number
  readonly serviceNow: ServiceNowSettings
  readonly weni: WeniSettings
}

type Environment = Readonly<Record<string, string | undefined>>

/** Every variable, with its default and meaning; the text of `--help`. */
export const variables = `  SIM_HOST                     127.0.0.1  address to listen on
  SIM_SERVICENOW_PORT          8181       0 takes a free port
  SIM_WENI_PORT                8182       0 takes a free port
  SIM_SERVICENOW_USERNAME      any        accepted user (Basic, or the password grant)
  SIM_SERVICENOW_PASSWORD      any        accepted password
  SIM_SERVICENOW_CLIENT_ID     any        accepted OAuth client
  SIM_SERVICENOW_CLIENT_SECRET any        accepted OAuth client secret
  SIM_SERVICENOW_FIRST_CASE    1001       number of the first Case: 1005 gives CS0001005
  SIM_WENI_API_KEY             any        accepted x-api-key
  SIM_WENI_API_SECRET          any        accepted x-api-secret
  SIM_WENI_MESSAGE_IDS         false      true: answers carry the ids of the messages
"any": every value that is not empty is accepted.`

const present = <K extends string>(
  env: Environment,
  names: Readonly<Record<K, string>>
): Partial<Record<K, string>> => {
  const found: Partial<Record<K, string>> = {}
  for (const key of Object.keys(names) as Array<K>) {
    const value = env[names[key]]
    if (value !== undefined && value !== "") found[key] = value
  }
  return found
}

/** Reads the environment; a failure holds one line for each wrong variable. An empty one counts as missing. */
export const readSettings = (env: Environment): Result.Result<SimulatorSettings, ReadonlyArray<string>> => {
  const wrong: Array<string> = []
  const number = (name: string, fallback: number, minimum: number, maximum: number): number => {
    const text = env[name] ?? ""
    if (text === "") return fallback
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (value >= minimum && value <= maximum) return value
    wrong.push(`${name}: expected a whole number from ${minimum} to ${maximum}, got ${JSON.stringify(text)}`)
    return fallback
  }
  const flag = (name: string): boolean => {
    const text = env[name] ?? ""
    if (text !== "" && text !== "true" && text !== "false") {
      wrong.push(`${name}: expected true or false, got ${JSON.stringify(text)}`)
    }
    return text === "true"
  }
  const serviceNowCredentials: Credentials = present(env, {
    username: "SIM_SERVICENOW_USERNAME",
    password: "SIM_SERVICENOW_PASSWORD",
    clientId: "SIM_SERVICENOW_CLIENT_ID",
    clientSecret: "SIM_SERVICENOW_CLIENT_SECRET"
  })
  const settings: SimulatorSettings = {
    host: env.SIM_HOST || "127.0.0.1",
    serviceNowPort: number("SIM_SERVICENOW_PORT", 8181, 0, 65_535),
    weniPort: number("SIM_WENI_PORT", 8182, 0, 65_535),
    serviceNow: {
      credentials: serviceNowCredentials,
      nextCaseNumber: number("SIM_SERVICENOW_FIRST_CASE", 1001, 1, 9_999_999)
    },
    weni: {
      credentials: present(env, { apiKey: "SIM_WENI_API_KEY", apiSecret: "SIM_WENI_API_SECRET" }),
      messageIds: flag("SIM_WENI_MESSAGE_IDS")
    }
  }
  return wrong.length === 0 ? Result.succeed(settings) : Result.fail(wrong)
}
