import { Context, Schema } from "effect"
import { HttpApiMiddleware } from "effect/http-api"

import { anyRefusal } from "./problems.ts"

/** `viewer` reads, searches and previews; `operator` also changes; `privacy` reads, reveals, exports and erases. */
export const Role = Schema.Literals(["viewer", "operator", "privacy"])
export type Role = typeof Role.Type

/** Who asks: the name and roles of the token. */
export const Identity = Schema.Struct({ name: Schema.String, roles: Schema.Array(Role) })
export type Identity = typeof Identity.Type

/** The operator who makes the current request. */
export class CurrentOperator extends Context.Service<CurrentOperator, Identity>()("brom-ctx/api/CurrentOperator") {}

/** The roles of which a route needs one. Every role by default. Annotates endpoints. */
export const NeedsRole = Context.Reference<ReadonlyArray<Role>>("brom-ctx/api/NeedsRole", {
  defaultValue: () => ["viewer", "operator", "privacy"]
})

/** The endpoint answers without an identity, for it gives one. Annotates endpoints. */
export const OpenToAll = Context.Reference<boolean>("brom-ctx/api/OpenToAll", { defaultValue: () => false })

/**
 * Lets in who has a token or a session, with the role that the endpoint needs, and refuses a change that another site
 * caused. Turns a request that does not decode into 400.
 */
export class OperatorOnly extends HttpApiMiddleware.Service<OperatorOnly, { provides: CurrentOperator }>()(
  "brom-ctx/api/OperatorOnly",
  { error: anyRefusal }
) {}
