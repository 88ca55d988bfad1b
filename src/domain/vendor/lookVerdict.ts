import { isFinal, isForbidden, isRefusedForGood } from "./failure.ts"
import { type AttemptReason, Indeterminate, type Refused, type ServiceNowReason } from "./failureReasons.ts"

/** The result of one look for what a doubtful write may have left: a row, or a note. */
export type LookResult<A> =
  | { readonly _tag: "Found"; readonly found: A }
  | { readonly _tag: "None" }
  /**
   * Nothing proves that the look would show it. A later look within the window may prove it. `detail` is in Portuguese.
   */
  | { readonly _tag: "Unproven"; readonly detail: string }
  /**
   * The instance cannot answer the question. `detail` is in Portuguese. `blindField`: looks by this field do not show
   * existing rows.
   */
  | { readonly _tag: "Unknowable"; readonly detail: string; readonly blindField?: string }

/** What follows from a look: the doubt has ended, it cannot be resolved, or another look decides. */
export type LookVerdict<A> =
  /** `undefined`: there is nothing, so the write may be made again. */
  | { readonly _tag: "Known"; readonly found: A | undefined }
  | { readonly _tag: "Failed"; readonly reason: ServiceNowReason }
  | { readonly _tag: "Again" }

const again: LookVerdict<never> = { _tag: "Again" }

const unknowable = (detail: string, blindField?: string): LookVerdict<never> => ({
  _tag: "Failed",
  reason: new Indeterminate({ detail, ...(blindField !== undefined && { blindField }) })
})

/**
 * What an answered look proves (SPEC 4.3, 6.2). `isOver`: it began when nothing more could appear. Only such a look
 * shows that there is nothing.
 */
export const answeredLook = <A>(result: LookResult<A>, isOver: boolean): LookVerdict<A> => {
  switch (result._tag) {
    case "Found":
      return { _tag: "Known", found: result.found }
    case "Unknowable":
      return unknowable(result.detail, result.blindField)
    case "Unproven":
      return isOver ? unknowable(result.detail) : again
    case "None":
      return isOver ? { _tag: "Known", found: undefined } : again
  }
}

export interface FailedLook {
  /** The instance is unavailable, and has answered no request since the operation's first failure (SPEC 9.2, 4.6). */
  readonly isOutage: boolean
  /** How many looks got a 403 before. */
  readonly forbidden: number
  /** How many looks in a row have failed since nothing more can appear, this one included. A 403 does not count. */
  readonly failures: number
  /** RETRY_ATTEMPTS. */
  readonly attempts: number
}

/** What follows from a failed look that counts (SPEC 4.3, 4.6). */
export const failedLook = (reason: AttemptReason, counted: FailedLook): LookVerdict<never> => {
  // While every request gets a 401, no look follows before one is answered.
  if (isFinal(reason) && counted.isOutage) return { _tag: "Failed", reason }
  if (isRefusedForGood(reason, counted.forbidden)) {
    return unknowable("a busca pelo registro foi recusada; ele pode existir")
  }
  return counted.failures >= counted.attempts ? { _tag: "Failed", reason } : again
}

/** Whether a refused lookup is an answer by itself. If not, it fails the look, which is repeated. */
export type IsAnswer = (refused: Refused) => boolean

/** For the looks of one operation. Their first 403 is not an answer, because it may come from one node (SPEC 4.6). */
export const makeIsAnswer = (): IsAnswer => {
  let forbidden = 0
  return (refused) => {
    const isAnswer = isRefusedForGood(refused, forbidden)
    if (isForbidden(refused)) forbidden += 1
    return isAnswer
  }
}
