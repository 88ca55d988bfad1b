import { Agent, type Dispatcher } from "undici"

import { lastDigits, storedSpellings } from "../../src/domain/outbound/phoneSpellings.ts"

const { env } = process
const serviceNow = env["SERVICENOW_URL"] ?? ""
const weni = env["WENI_URL"] ?? ""
const authorization = `Basic ${Buffer.from(`${env["SERVICENOW_USERNAME"]}:${env["SERVICENOW_PASSWORD"]}`).toString("base64")}`

/** As many requests at once to each vendor as the service makes. */
const agent = new Agent({ connections: Number(env["SERVICENOW_CONCURRENCY"] ?? 16) })

/** Returns the answer's body. Rejects for anything but 2xx. */
const ask = async (
  origin: string,
  method: Dispatcher.HttpMethod,
  path: string,
  headers: Record<string, string>,
  body?: unknown
) => {
  const answer = await agent.request({
    origin,
    method,
    path,
    headers: body === undefined ? headers : { ...headers, "content-type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) })
  })
  const text = await answer.body.text()
  if (answer.statusCode >= 300) throw new Error(`${method} ${path}: ${answer.statusCode}`)
  return { status: answer.statusCode, body: JSON.parse(text) }
}

const table = (method: Dispatcher.HttpMethod, path: string, body?: unknown) =>
  ask(serviceNow, method, `/api/now/table/${path}`, { accept: "application/json", authorization }, body)

const fields = encodeURIComponent("sys_id,sys_created_on,email,phone,mobile_phone,u_cpf_cnpj")
const find = async (query: string): Promise<string | undefined> => {
  const parameters = `sysparm_query=${encodeURIComponent(query)}&sysparm_fields=${fields}&sysparm_limit=100&sysparm_exclude_reference_link=true`
  const { body } = await table("GET", `csm_consumer?${parameters}`)
  return body.result[0]?.sys_id
}

/** Searches by e-mail and the usual spellings of the phone together, then by the phone's last digits. */
export const findConsumer = async (email: string, phone: string): Promise<string | undefined> => {
  const exact = storedSpellings(phone).join(",")
  const found = await find(`email=${email}^ORphoneIN${exact}^ORmobile_phoneIN${exact}`)
  if (found !== undefined) return found
  return find(
    lastDigits(phone)
      .flatMap((text) => [`phoneLIKE${text}`, `mobile_phoneLIKE${text}`])
      .join("^OR")
  )
}

export const create = async (name: string, body: unknown) => (await table("POST", name, body)).body.result

export const updateCase = (sysId: string, body: unknown) => table("PATCH", `sn_customerservice_case/${sysId}`, body)

export const readCase = (sysId: string) =>
  table(
    "GET",
    `sn_customerservice_case/${sysId}?sysparm_fields=${encodeURIComponent("sys_id,number,state,assignment_group,priority,u_id_correlacao")}&sysparm_display_value=false&sysparm_exclude_reference_link=true`
  )

export const dispatch = (campaign: string, body: unknown) =>
  ask(
    weni,
    "POST",
    `/v1/campaigns/${encodeURIComponent(campaign)}/dispatch?keepValidContacts=false`,
    {
      accept: "application/json",
      "x-api-key": env["WENI_API_KEY"] ?? "",
      "x-api-secret": env["WENI_API_SECRET"] ?? ""
    },
    body
  )
