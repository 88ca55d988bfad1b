interface Reason {
  readonly _tag: string
  /** HTTP status, where one came. */
  readonly status?: number
  /** What lies behind it. */
  readonly reason?: Reason
}

/** Why a call failed as a log may show it: kinds and statuses, never an API's own words, which may hold personal data (SPEC 9.6). */
export const reasonText = ({ _tag, reason, status }: Reason): string =>
  (status === undefined ? _tag : `${_tag} ${status}`) + (reason === undefined ? "" : ` (${reasonText(reason)})`)
