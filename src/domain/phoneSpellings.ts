import { toE164 } from "./phone.ts"

const withNinth = /^\+55(\d{2})9(\d{8})$/
const withoutNinth = /^\+?55(\d{2})([6-9]\d{7})$/

/** The E.164 forms under which one customer's phone may be known: with and without the ninth digit (SPEC 3.1). */
export const phoneSpellings = (raw: string): ReadonlyArray<string> => {
  const digits = raw.replaceAll(/\D/g, "")
  const plain = toE164(raw) ?? toE164(`+${digits}`)
  const mobile = withoutNinth.exec(digits)
  const full = plain ?? (mobile === null ? undefined : `+55${mobile[1]}9${mobile[2]}`)
  if (full === undefined) return []
  const ninth = withNinth.exec(full)
  return ninth === null ? [full] : [full, `+55${ninth[1]}${ninth[2]}`]
}
