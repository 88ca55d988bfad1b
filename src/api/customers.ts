import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"

import { NeedsRole } from "./access.ts"
import { CommunicationDetails } from "./communications.ts"
import { ParkedShown } from "./deadLetters.ts"
import { Reason, Text, Time } from "./values.ts"

/** Everything that is stored about one customer, unmasked. */
export const CustomerExport = Schema.Struct({
  at: Time,
  communications: Schema.Array(CommunicationDetails),
  parked: Schema.Array(ParkedShown),
  /** Other systems that store the customer's data. */
  outOfReach: Schema.Array(Schema.String)
})

export const CustomersApi = HttpApiGroup.make("customers")
  .add(
    HttpApiEndpoint.post("export", "/api/customers/export", {
      payload: Schema.Struct({ key: Text, reason: Reason }),
      success: CustomerExport
    })
      .annotate(NeedsRole, ["privacy"])
      .annotate(
        OpenApi.Description,
        "All that is held of one customer, by `cliente.id`, document, e-mail or phone. Written to the trail."
      )
  )
  .annotate(OpenApi.Description, "What is held of one customer (LGPD).")
