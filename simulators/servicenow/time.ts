/** The time zone of the instance's user: what journal entries and display values are written in. */
const local = new Intl.DateTimeFormat("sv-SE", {
  timeZone: "America/Sao_Paulo",
  dateStyle: "short",
  timeStyle: "medium"
})

/** `yyyy-MM-dd HH:mm:ss` in UTC, ServiceNow's stored form; `at` in epoch milliseconds. */
export const utcTime = (at: number): string => new Date(at).toISOString().slice(0, 19).replace("T", " ")

/** `yyyy-MM-dd HH:mm:ss` in America/Sao_Paulo. */
export const localTime = (at: number): string => local.format(at)

/** The epoch milliseconds of a stored time; `undefined` for a text that is none. */
export const parseUtcTime = (text: string): number | undefined => {
  const at = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/.test(text) ? Date.parse(`${text.replace(" ", "T")}Z`) : Number.NaN
  return Number.isNaN(at) || utcTime(at) !== text ? undefined : at
}
