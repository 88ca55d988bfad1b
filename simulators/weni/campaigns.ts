import { json } from "../core/answer.ts"
import { hex32, makeRandom } from "../core/random.ts"
import type { Answered, SimRequest } from "../core/Simulator.ts"
import { type Contact, contactsOf, contextText } from "./contact.ts"
import type { WeniOptions, WeniSettings } from "./options.ts"

/** One accepted message. */
export interface AcceptedMessage {
  /** Epoch milliseconds. */
  readonly at: number
  readonly campaign: string
  /** From the contact's context. Empty if it has none. */
  readonly idContexto: string
  readonly idCase: string
  readonly fullNumber: string
  readonly messageId: string
}

const pathPattern = /^\/v1\/campaigns\/([^/]+)\/dispatch$/

const campaignOf = (path: string): string | undefined => {
  try {
    return decodeURIComponent(pathPattern.exec(path)?.[1] ?? "") || undefined
  } catch {
    return undefined
  }
}

const isAllowed = ({ headers }: SimRequest, { apiKey, apiSecret }: NonNullable<WeniSettings["credentials"]>) => {
  const { "x-api-key": key = "", "x-api-secret": secret = "" } = headers
  return key !== "" && secret !== "" && key === (apiKey ?? key) && secret === (apiSecret ?? secret)
}

/** The campaigns of a fresh account. Equal settings and equal requests give equal message ids. */
export const makeCampaigns = (settings: WeniSettings) => {
  let options: Required<WeniOptions> = {
    messageIds: settings.messageIds ?? false,
    invalidNumbers: settings.invalidNumbers ?? []
  }
  const random = makeRandom(settings.seed ?? 1)
  const messages: Array<AcceptedMessage> = []
  const accepted = new Map<string, number>()

  const accept = (campaign: string, now: number) => (contact: Contact) => {
    const messageId = `wamid.${hex32(random).toUpperCase()}`
    const idContexto = contextText(contact, "id_contexto")
    const idCase = contextText(contact, "id_case")
    messages.push({ at: now, campaign, idContexto, idCase, fullNumber: contact.fullNumber, messageId })
    accepted.set(idContexto, (accepted.get(idContexto) ?? 0) + 1)
    return { id: messageId }
  }

  return {
    messages,
    accepted,
    options: () => options,
    change: (changed: WeniOptions) => {
      options = { ...options, ...changed }
    },
    /** Carries out one request. If the answer is an error, nothing was accepted. */
    dispatch: (request: SimRequest, now: number): Answered => {
      const campaign = campaignOf(request.path)
      if (campaign === undefined) return json(404, { message: "not found" })
      if (request.method !== "POST") return json(405, { message: "method not allowed" }, { allow: "POST" })
      if (!isAllowed(request, settings.credentials ?? {})) return json(401, { message: "unauthorized" })
      const contacts = contactsOf(request.body)
      if (contacts === undefined) return json(400, { message: "invalid body" })
      // With keepValidContacts=true the valid contacts are sent and the others are left out.
      const refused = request.query.get("keepValidContacts") === "true" ? 0 : contacts.invalid
      if (refused > 0 || contacts.valid.length === 0) return json(400, { message: "invalid contact" })
      const isTaken = ({ fullNumber }: Contact) => !options.invalidNumbers.includes(fullNumber)
      const sent = contacts.valid.filter(isTaken).map(accept(campaign, now))
      const invalidContacts = contacts.valid
        .filter((contact) => !isTaken(contact))
        .map(({ fullNumber }) => ({ fullNumber, reason: "invalid number" }))
      return json(200, {
        message: "accepted",
        ...(options.messageIds && { messages: sent }),
        ...(invalidContacts.length > 0 && { validContacts: sent.length, invalidContacts })
      })
    }
  }
}
