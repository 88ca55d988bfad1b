import { Schema } from "effect"

/** An operator's decision on a dispatch in doubt (SPEC 5.3): send it again, or how it ended. */
export const Decision = Schema.Literals(["resend", "sent", "not_sent"])
export type Decision = typeof Decision.Type

/** Maximum length of an operator's reason, in code points. */
export const longestReason = 500

/**
 * Says what is wrong with an operator's reason, or returns `undefined`. A reason has 1 to `longestReason` code points,
 * without the spaces around it.
 */
export const reasonProblem = (text: string): string | undefined => {
  const { length } = [...text.trim()]
  return length > 0 && length <= longestReason
    ? undefined
    : `a reason of 1 to ${longestReason} characters is needed, read ${length}`
}
