import { Effect } from "effect"

import { html, json } from "../core/answer.ts"
import { order } from "../core/control.ts"
import type { FaultPages } from "../core/faultAnswer.ts"
import { makeSimulator } from "../core/makeSimulator.ts"
import type { Simulator } from "../core/Simulator.ts"
import { type AcceptedMessage, makeCampaigns } from "./campaigns.ts"
import { contactsOf, contextText } from "./contact.ts"
import { decodeWeniOptions, type WeniOptions, type WeniSettings } from "./options.ts"

/** Weni/OmniChat's campaign API, and methods that only a simulator has. */
export interface WeniSimulator extends Simulator {
  /** Every accepted message, in order. */
  readonly dispatches: Effect.Effect<ReadonlyArray<AcceptedMessage>>
  /** How many messages were accepted for each `id_contexto`. */
  readonly accepted: Effect.Effect<ReadonlyMap<string, number>>
  /** Changes only the given options. */
  change(options: WeniOptions): Effect.Effect<void>
}

const pages: FaultPages = {
  error: (status) => ({ message: `error ${status}` }),
  errorKey: json(200, { error: { message: "dispatch failed" } }),
  html: html(200, "Maintenance", "The service is being updated."),
  login: html(200, "Login", "E-mail, password.")
}

/** A fresh account without messages. */
export const makeWeniSimulator = (settings: WeniSettings = {}): Effect.Effect<WeniSimulator> =>
  Effect.sync(() => {
    let campaigns = makeCampaigns(settings)
    const state = () => ({ dispatches: campaigns.messages, accepted: Object.fromEntries(campaigns.accepted) })
    const options = () => ({ options: campaigns.options() })

    const simulator = makeSimulator({
      name: "Weni",
      work: (request, now) => campaigns.dispatch(request, now),
      pages,
      idOf: ({ body }) => (contactsOf(body)?.valid ?? []).map((contact) => contextText(contact, "id_contexto")),
      reset: () => {
        campaigns = makeCampaigns(settings)
      },
      controls: {
        "GET /state": {
          help: "accepted messages, and how many for each id_contexto",
          run: () => Effect.sync(state)
        },
        "GET /options": { help: "the options", run: () => Effect.sync(options) },
        "POST /options": order("change some options", decodeWeniOptions, (changed) => {
          campaigns.change(changed)
          return options()
        })
      }
    })

    return {
      ...simulator,
      dispatches: Effect.sync(() => [...campaigns.messages]),
      accepted: Effect.sync(() => new Map(campaigns.accepted)),
      change: (changed) => Effect.sync(() => campaigns.change(changed))
    }
  })
