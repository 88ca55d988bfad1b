import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"

import { Identity } from "../domain/operator/Role.ts"
import { OpenToAll } from "./access.ts"

export const SessionApi = HttpApiGroup.make("session")
  .add(
    HttpApiEndpoint.post("signIn", "/api/session", {
      payload: Schema.Struct({ token: Schema.String }),
      success: HttpApiSchema.NoContent
    })
      .annotate(OpenToAll, true)
      .annotate(OpenApi.Description, "Signs in with a token. Sets the cookie of the session."),
    HttpApiEndpoint.get("whoAmI", "/api/session", { success: Identity }).annotate(
      OpenApi.Description,
      "Name and roles of who asks."
    ),
    HttpApiEndpoint.delete("signOut", "/api/session", { success: HttpApiSchema.NoContent })
      .annotate(OpenToAll, true)
      .annotate(OpenApi.Description, "Ends the session.")
  )
  .annotate(OpenApi.Description, "Signing in and out.")
