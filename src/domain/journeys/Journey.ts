/** Local time of day, minutes since midnight. */
export interface BusinessHours {
  /** 0 is Sunday. */
  readonly days: ReadonlyArray<number>
  readonly from: number
  readonly to: number
  /** `yyyy-MM-dd`, local. */
  readonly holidays: ReadonlyArray<string>
}

/** Fields of the Case's POST. Strings are templates with `{{name}}` (SPEC 4.1). */
export interface CaseTemplate {
  readonly [field: string]: string | number | boolean
}

/** One journey of the journeys file, checked and complete (CONTRACT "Journeys file"). */
export interface Journey {
  readonly name: string
  /** IANA name. */
  readonly timeZone: string
  readonly deliveryOffsetDays: number
  readonly case: CaseTemplate
  readonly answers: {
    readonly yes: ReadonlyArray<string>
    readonly no: ReadonlyArray<string>
    readonly courtesy?: ReadonlyArray<string>
  }
  readonly businessHours?: BusinessHours
  readonly resolutionCode?: string
  readonly humanGroup?: string
  readonly deliveredField?: string
  readonly readField?: string
  /** Milliseconds; `expiresAfterText` is the same as written in the file. */
  readonly expiresAfter?: number
  readonly expiresAfterText?: string
  /** E-mail addresses, phones and documents that identify nobody. */
  readonly placeholders: ReadonlyArray<string>
  readonly missingConsumer: "create" | "guest"
  readonly sendWithoutCase: boolean
}
