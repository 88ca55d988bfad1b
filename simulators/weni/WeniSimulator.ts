import { Effect } from "effect"

import { html, json } from "../core/answer.ts"
import { order } from "../core/control.ts"
import type { FaultPages } from "../core/faultAnswer.ts"
import { makeSimulator } from "../core/makeSimulator.ts"
import { hex32, makeRandom } from "../core/random.ts"
import type { Answered, SimRequest, Simulator } from "../core/Simulator.ts"
import { type Contact, contactsOf, contextText } from "./contact.ts"
import { decodeWeniOptions, type WeniOptions, type WeniSettings } from "./options.ts"

/** One accepted message. */
export interface AcceptedMessage {
  /** Epoch milliseconds. */
  readonly at: number
  readonly campaign: string
  /** Of the contact's context; empty where it has none. */
  readonly idContexto: string
  readonly idCase: string
  readonly fullNumber: string
  readonly messageId: string
}

/** Weni/OmniChat's campaign API, and what only a simulator can show. */
export interface WeniSimulator extends Simulator {
  /** Every accepted message, in order. */
  readonly dispatches: Effect.Effect<ReadonlyArray<AcceptedMessage>>
  /** How many messages were accepted for each `id_contexto`. */
  readonly accepted: Effect.Effect<ReadonlyMap<string, number>>
  /** Changes the given options only. */
  change(options: WeniOptions): Effect.Effect<void>
}

const pages: FaultPages = {
  error: (status) => ({ message: `error ${status}` }),
  errorKey: json(200, { error: { message: "dispatch failed" } }),
  html: html(200, "Maintenance", "The service is being updated."),
  login: html(200, "Login", "E-mail, password.")
}

const path = /^\/v1\/campaigns\/([^/]+)\/dispatch$/

const decoded = (encoded: string): string | undefined => {
  try {
    return decodeURIComponent(encoded)
  } catch {
    return undefined
  }
}

/** A fresh API without messages. */
export const makeWeniSimulator = (settings: WeniSettings = {}): Effect.Effect<WeniSimulator> =>
  Effect.sync(() => {
    const fresh = () => ({
      options: { messageIds: settings.messageIds ?? false },
      random: makeRandom(settings.seed ?? 1),
      messages: new Array<AcceptedMessage>(),
      accepted: new Map<string, number>()
    })
    let world = fresh()
    const { apiKey, apiSecret } = settings.credentials ?? {}

    const accept = (campaign: string, now: number) => (contact: Contact) => {
      const messageId = `wamid.${hex32(world.random).toUpperCase()}`
      const idContexto = contextText(contact, "id_contexto")
      const idCase = contextText(contact, "id_case")
      world.messages.push({ at: now, campaign, idContexto, idCase, fullNumber: contact.fullNumber, messageId })
      world.accepted.set(idContexto, (world.accepted.get(idContexto) ?? 0) + 1)
      return { id: messageId }
    }

    const work = ({ body, headers, method, path: asked, query }: SimRequest, now: number): Answered => {
      const campaign = decoded(path.exec(asked)?.[1] ?? "")
      if (campaign === undefined || campaign === "") return json(404, { message: "not found" })
      if (method !== "POST") return json(405, { message: "method not allowed" }, { allow: "POST" })
      const [key = "", secret = ""] = [headers["x-api-key"], headers["x-api-secret"]]
      if (key === "" || secret === "" || key !== (apiKey ?? key) || secret !== (apiSecret ?? secret)) {
        return json(401, { message: "unauthorized" })
      }
      const contacts = contactsOf(body)
      if (contacts === undefined) return json(400, { message: "invalid body" })
      // With keepValidContacts=true the valid ones are sent and the others left out.
      const tolerated = query.get("keepValidContacts") === "true" && contacts.valid.length > 0
      if (contacts.invalid > 0 && !tolerated) return json(400, { message: "invalid contact" })
      const messages = contacts.valid.map(accept(campaign, now))
      return json(200, { message: "accepted", ...(world.options.messageIds && { messages }) })
    }

    const change = (options: WeniOptions) => {
      world.options = { ...world.options, ...options }
    }

    const simulator = makeSimulator({
      name: "Weni",
      work,
      pages,
      idOf: ({ body }) => (contactsOf(body)?.valid ?? []).map((contact) => contextText(contact, "id_contexto")),
      reset: () => {
        world = fresh()
      },
      controls: {
        "GET /state": {
          help: "accepted messages, and how many for each id_contexto",
          run: () => Effect.sync(() => ({ dispatches: world.messages, accepted: Object.fromEntries(world.accepted) }))
        },
        "GET /options": { help: "the options", run: () => Effect.sync(() => ({ options: world.options })) },
        "POST /options": order("change some options", decodeWeniOptions, (options) => {
          change(options)
          return { options: world.options }
        })
      }
    })

    return {
      ...simulator,
      dispatches: Effect.sync(() => [...world.messages]),
      accepted: Effect.sync(() => new Map(world.accepted)),
      change: (options) => Effect.sync(() => change(options))
    }
  })
