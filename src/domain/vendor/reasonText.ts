interface Reason {
  readonly _tag: string
  /** HTTP status, if one was received. */
  readonly status?: number
  /** The underlying cause. */
  readonly reason?: Reason
}

/**
 * Why a call failed, safe to log: kinds and statuses, never the API's own texts, which may contain personal data
 * (SPEC 9.6).
 */
export const reasonText = ({ _tag, reason, status }: Reason): string =>
  (status === undefined ? _tag : `${_tag} ${status}`) + (reason === undefined ? "" : ` (${reasonText(reason)})`)
