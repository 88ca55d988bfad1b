const formats = new Map<string, Intl.DateTimeFormat>()

const formatIn = (timeZone: string): Intl.DateTimeFormat => {
  const known = formats.get(timeZone)
  if (known !== undefined) return known
  const made = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "medium" })
  formats.set(timeZone, made)
  return made
}

/** `yyyy-MM-dd HH:mm:ss` in UTC, ServiceNow's stored form. `at` is in epoch milliseconds. */
export const utcTime = (at: number): string => new Date(at).toISOString().slice(0, 19).replace("T", " ")

/** `yyyy-MM-dd HH:mm:ss` in the API user's time zone, the form of journal entries and display values. */
export const localTime = (at: number, timeZone: string): string => formatIn(timeZone).format(at)

/** The epoch milliseconds of a stored time. `undefined` for any other text. */
export const parseUtcTime = (text: string): number | undefined => {
  const at = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/.test(text) ? Date.parse(`${text.replace(" ", "T")}Z`) : Number.NaN
  return Number.isNaN(at) || utcTime(at) !== text ? undefined : at
}
