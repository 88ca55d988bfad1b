import type { OperationAnswer } from "./api/types.ts"
import { meaningOfCodigo } from "./problems.ts"
import { formatNumber } from "./text/formatNumber.ts"
import { text } from "./text/text.ts"
import { formatSpan } from "./time.ts"

type PlannedItem = NonNullable<Extract<OperationAnswer, { readonly items?: unknown }>["items"]>[number]

/** Tags whose words are Kafka's own, or in Portuguese already. */
const tellMore: ReadonlySet<string> = new Set(["Blind", "Refused"])

/** Why the API refuses something, by its tag. The service's own words if the tag is of a later version. */
export const refusalText = (tag: string | undefined, words: string): string => {
  const sentence = tag === undefined ? undefined : text.refusals[tag]
  if (tag === undefined || sentence === undefined) return words
  const seconds = /\bin (\d+) s$/.exec(words)?.[1]
  if (tag === "TooEarly" && seconds !== undefined) return text.refusedFor(sentence, formatSpan(Number(seconds) * 1000))
  const codigo = /^not sent: (\w+)$/.exec(words)?.[1]
  const more = codigo === undefined ? (tellMore.has(tag) ? words : undefined) : meaningOfCodigo(codigo)
  return more === undefined ? sentence : `${sentence} (${more})`
}

type PlannedStep = NonNullable<PlannedItem["steps"]>[number]

export const stepName = (step: string): string => text.step[step] ?? step

/** What would be done to a step. `undefined` if its tag is of a later version. */
export const stepEffect = ({ codigo, tag = "" }: Omit<PlannedStep, "step">): string | undefined => {
  const meaning = codigo === undefined ? undefined : meaningOfCodigo(codigo)
  const effect = text.stepEffects[tag]
  return effect === undefined || meaning === undefined ? effect : `${effect} (${meaning})`
}

/** What an action would do to one item of a dry run. */
export const effectText = (action: string, { does, steps = [] }: PlannedItem): string | undefined => {
  if (does === undefined) return undefined
  const effects = steps.map((step) => [stepName(step.step), stepEffect(step)] as const)
  if (effects.length === 0 || effects.some(([, effect]) => effect === undefined)) return text.effects[action] ?? does
  return effects.map(([name, effect]) => `${name}: ${effect}`).join("; ")
}

/** The kinds and statuses of a vendor's failure (`Refused 503`, `TokenUnavailable (Timeout)`) for people. */
export const vendorText = (words: string): string =>
  words.replaceAll(/\b[A-Za-z]+\b/g, (word) => text.vendorReasons[word] ?? word)

const probes: Readonly<Record<string, string>> = {
  "a probe is under way": text.now.probing,
  "a call is awaited as probe": text.now.awaitsProbe
}

/** A breaker's own words (`open: Refused 503, a probe in 12345 ms`) for people. Empty if it is closed. */
export const breakerText = (detail: string): string => {
  if (detail.startsWith("open: ")) {
    const at = detail.search(/, a (?:probe|call) /)
    const words = detail.slice("open: ".length, at < 0 ? undefined : at)
    const next = at < 0 ? "" : detail.slice(at + 2)
    const wait = /^a probe in (\d+) ms$/.exec(next)?.[1]
    const then = wait === undefined ? probes[next] : text.now.probeIn(formatSpan(Number(wait)))
    return [text.now.lastAnswer(vendorText(words)), then].filter((part) => part !== undefined).join(" · ")
  }
  const pace = /calls begin at ([\d.]+) per second/.exec(detail)?.[1]
  if (pace !== undefined) return text.now.callsAt(formatNumber(Number(pace)))
  return detail === "closed" ? "" : detail
}

/** Where else a customer's data is. */
export const reachText = (where: string): string => text.outOfReach[where] ?? where

const fieldNames = /(?:^|; )(the body|[A-Za-z][\w.]*): /g

/** The fields that a 400 names. None if it names none. */
export const wrongFieldsText = (words: string): string | undefined => {
  const names = [...words.matchAll(fieldNames)].map(
    ([, path = ""]) => path.split(".").findLast((part) => !/^\d+$/.test(part)) ?? path
  )
  const told = [...new Set(names)].map((name) => text.wrongFields[name] ?? text.wrongField(name))
  return told.length === 0 ? undefined : told.join(" ")
}
