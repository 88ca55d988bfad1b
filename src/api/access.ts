import { Context } from "effect"
import { HttpApiMiddleware } from "effect/http-api"

import { everyRole, type Identity, type Role } from "../domain/operator/Role.ts"
import { anyRefusal } from "./problems.ts"

/** The operator who makes the current request. */
export class CurrentOperator extends Context.Service<CurrentOperator, Identity>()("brom-ctx/api/CurrentOperator") {}

/** The route needs one of these roles; by default, any role. Annotates endpoints. */
export const NeedsRole = Context.Reference<ReadonlyArray<Role>>("brom-ctx/api/NeedsRole", {
  defaultValue: () => everyRole
})

/** The endpoint answers without an identity, because it begins or ends one. Annotates endpoints. */
export const OpenToAll = Context.Reference<boolean>("brom-ctx/api/OpenToAll", { defaultValue: () => false })

/**
 * Admits requests with a token or a session that has the role that the endpoint needs, and rejects changes that another
 * site caused. Turns a request that does not decode into 400.
 */
export class OperatorOnly extends HttpApiMiddleware.Service<OperatorOnly, { provides: CurrentOperator }>()(
  "brom-ctx/api/OperatorOnly",
  { error: anyRefusal }
) {}
