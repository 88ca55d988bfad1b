import type { Customer, Summary } from "../domain/summary.ts"
import { mask } from "../telemetry/masking.ts"

/** Enough to compare with what a caller says on the phone. */
const lastDigits = (phone: string): string => `***${phone.slice(-4)}`

const maskedCustomer = ({ document, email, id, name, phone }: Customer): Customer => ({
  id,
  ...(name !== undefined && { name: "***" }),
  ...(phone !== undefined && { phone: lastDigits(phone) }),
  ...(email !== undefined && { email: "***" }),
  ...(document !== undefined && { document: "***" })
})

/** The summary without personal data: of the phone the last four digits, of an answer not its text (LGPD). */
export const masked = (summary: Summary): Summary => ({
  ...summary,
  ...(summary.customer && { customer: maskedCustomer(summary.customer) }),
  events: summary.events.map(({ at, evento, text }) => ({ at, evento, ...(text !== undefined && { text: "***" }) })),
  timeline: summary.timeline.map((entry) => ({ ...entry, text: mask(entry.text) }))
})
