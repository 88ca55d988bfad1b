import { Effect } from "effect"

import { type InvalidOrder, parseOrder } from "./core/decode.ts"
import { type InstanceName, instanceNames, instances, isInstanceName } from "./servicenow/instances.ts"
import { type Credentials, decodeServiceNowOptions, type ServiceNowSettings } from "./servicenow/options.ts"
import { decodeWeniOptions, type WeniSettings } from "./weni/options.ts"

/** Where the two servers listen and what they accept. */
export interface SimulatorSettings {
  readonly instance: InstanceName
  readonly host: string
  readonly serviceNowPort: number
  readonly weniPort: number
  readonly serviceNow: ServiceNowSettings
  readonly weni: WeniSettings
}

type Environment = Readonly<Record<string, string | undefined>>

/** Every named instance and its peculiarity, as a part of the text of `--help`. */
export const instanceHelp = instanceNames.map((name) => `  ${name.padEnd(22)} ${instances[name].help}`).join("\n")

/** Every variable, with its default and meaning, as a part of the text of `--help`. */
export const variables = `  SIM_HOST                     127.0.0.1  address to listen on
  SIM_SERVICENOW_PORT          8181       0 takes a free port
  SIM_WENI_PORT                8182       0 takes a free port
  SIM_SERVICENOW_USERNAME      any        accepted user (Basic, or the password grant)
  SIM_SERVICENOW_PASSWORD      any        accepted password
  SIM_SERVICENOW_CLIENT_ID     any        accepted OAuth client
  SIM_SERVICENOW_CLIENT_SECRET any        accepted OAuth client secret
  SIM_SERVICENOW_FIRST_CASE    1001       number of the first Case: 1005 gives CS0001005
  SIM_SERVICENOW_OPTIONS       {}         options in JSON, beside those of the instance (simulators/README.md)
  SIM_WENI_API_KEY             any        accepted x-api-key
  SIM_WENI_API_SECRET          any        accepted x-api-secret
  SIM_WENI_MESSAGE_IDS         false      true: answers carry the ids of the messages
  SIM_WENI_OPTIONS             {}         options in JSON
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

const readArguments = (args: ReadonlyArray<string>, wrong: Array<string>): InstanceName => {
  let name = "good"
  for (let at = 0; at < args.length; at++) {
    const [flag = "", inline] = (args[at] ?? "").split("=")
    if (flag === "--instance") name = inline ?? args[++at] ?? ""
    else wrong.push(`${flag}: expected --instance or --help`)
  }
  if (isInstanceName(name)) return name
  wrong.push(`--instance: expected one of ${instanceNames.join(", ")}, got ${JSON.stringify(name)}`)
  return "good"
}

const problemLines =
  (variable: string) =>
  ({ problems }: InvalidOrder): ReadonlyArray<string> =>
    problems.map(({ expected, field, value }) => {
      const where = field === "(body)" ? variable : `${variable}: ${field}`
      return `${where}: expected ${expected}, got ${JSON.stringify(value)}`
    })

const readOptions = <A>(
  env: Environment,
  variable: string,
  decode: (input: unknown) => Effect.Effect<A, InvalidOrder>,
  wrong: Array<string>
) =>
  parseOrder(env[variable] || "{}").pipe(
    Effect.flatMap(decode),
    Effect.catch((invalid) => {
      wrong.push(...problemLines(variable)(invalid))
      return decode({})
    }),
    Effect.orDie
  )

/** Reads environment and arguments. A failure has one line for each wrong one. An empty variable counts as missing. */
export const readSettings = Effect.fnUntraced(function* (
  env: Environment,
  args: ReadonlyArray<string>
): Effect.fn.Return<SimulatorSettings, ReadonlyArray<string>> {
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
  const instance = readArguments(args, wrong)
  const serviceNowCredentials: Credentials = present(env, {
    username: "SIM_SERVICENOW_USERNAME",
    password: "SIM_SERVICENOW_PASSWORD",
    clientId: "SIM_SERVICENOW_CLIENT_ID",
    clientSecret: "SIM_SERVICENOW_CLIENT_SECRET"
  })
  const settings: SimulatorSettings = {
    instance,
    host: env.SIM_HOST || "127.0.0.1",
    serviceNowPort: number("SIM_SERVICENOW_PORT", 8181, 0, 65_535),
    weniPort: number("SIM_WENI_PORT", 8182, 0, 65_535),
    serviceNow: {
      credentials: serviceNowCredentials,
      consumers: instances[instance].consumers,
      nextCaseNumber: number("SIM_SERVICENOW_FIRST_CASE", 1001, 1, 9_999_999),
      ...instances[instance].options,
      ...(yield* readOptions(env, "SIM_SERVICENOW_OPTIONS", decodeServiceNowOptions, wrong))
    },
    weni: {
      credentials: present(env, { apiKey: "SIM_WENI_API_KEY", apiSecret: "SIM_WENI_API_SECRET" }),
      messageIds: flag("SIM_WENI_MESSAGE_IDS"),
      ...(yield* readOptions(env, "SIM_WENI_OPTIONS", decodeWeniOptions, wrong))
    }
  }
  return wrong.length === 0 ? settings : yield* Effect.fail(wrong)
})
