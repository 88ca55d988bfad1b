import { Schema } from "effect"

/** An operator's decision on a dispatch in doubt (SPEC 5.3): send it again, or how it ended. */
export const Decision = Schema.Literals(["resend", "sent", "not_sent"])
export type Decision = typeof Decision.Type

/** Maximum length of an operator's reason, in code points. */
export const longestReason = 500
