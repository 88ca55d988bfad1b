import { Schema } from "effect"

/** `viewer` reads, searches and previews; `operator` also changes; `privacy` reads, reveals, exports and erases. */
export const Role = Schema.Literals(["viewer", "operator", "privacy"])
export type Role = typeof Role.Type

/** The roles of an operator whom no setting limits. */
export const everyRole: ReadonlyArray<Role> = Role.literals

/** Who makes a request: the name and roles of the token. */
export const Identity = Schema.Struct({ name: Schema.String, roles: Schema.Array(Role) })
export type Identity = typeof Identity.Type
