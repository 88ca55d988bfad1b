import { decodeInbound } from "../inbound/decodeInbound.ts"
import { decodeOutbound } from "../outbound/decodeOutbound.ts"
import { inGeneration, type Origin } from "../record/Origin.ts"
import { RecordHeaders } from "../record/RecordHeaders.ts"
import { recordTime } from "../record/recordTime.ts"

/** A record of a dead-letter topic, as read. */
export interface LetterRecord extends Origin {
  /** Epoch milliseconds. */
  readonly timestamp: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: RecordHeaders
}

/** The fields of a dead letter (CONTRACT "Dead letter"). A field is absent when its header is absent or malformed. */
export interface DeadLetter {
  readonly place: Origin
  /** When it was written, epoch milliseconds. */
  readonly at: number
  readonly code?: string
  readonly detail?: string
  /** The record that it stands for. */
  readonly original?: Origin
  /** The original's timestamp, epoch milliseconds. */
  readonly originalAt?: number
  /** The original's value was left out, and perhaps its headers and its key, so there is nothing to redrive. */
  readonly truncated: boolean
  /** The dead letter from which its record was redriven, so it has failed before. */
  readonly redriveOf?: string
  /** `id_correlacao`, if the value has one. */
  readonly id?: string
}

/** Prefix of the headers that describe the dead letter and do not come from the original. */
const ownPrefix = "dlq-"

/** The dead letter from which a record was redriven: `topic/partition/offset`. */
const redriveHeader = "dlq-redrive"

const decoder = new TextDecoder()

const idOf = ({ timestamp, value }: LetterRecord, inbound: boolean): string | undefined => {
  if (value === null) return undefined
  if (inbound) {
    const decoded = decodeInbound(value, timestamp)
    return decoded._tag === "Events" ? decoded.events[0]?.correlationId : decoded.id
  }
  const decoded = decodeOutbound(value)
  if (decoded._tag === "Valid") return decoded.outbound.id_correlacao
  return decoded._tag === "Invalid" ? decoded.id : undefined
}

/** The time of the original, as the record itself would have been read. */
const timeIn = (text: string | undefined): number | undefined =>
  text !== undefined && /^-?\d{1,19}$/.test(text) ? recordTime(BigInt(text)).timestamp : undefined

const integer = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined

/** Reads a dead letter with any headers. `inboundTopic` is the topic whose records are events. */
export const readDeadLetter = (record: LetterRecord, inboundTopic: string): DeadLetter => {
  const header = (name: string) => {
    const bytes = record.headers.get(name)
    return bytes === undefined ? undefined : decoder.decode(bytes)
  }
  const { offset, partition, timestamp, topic } = record
  const [code, detail, originalTopic] = [header("dlq-codigo"), header("dlq-detalhe"), header("dlq-topico")]
  const [at, part] = [integer(header("dlq-offset")), integer(header("dlq-particao"))]
  const generation = inGeneration(integer(header("dlq-geracao")))
  const originalAt = timeIn(header("dlq-timestamp"))
  const redriveOf = header(redriveHeader)
  const id = idOf(record, originalTopic === inboundTopic)
  return {
    place: { topic, partition, offset },
    at: timestamp,
    ...(code !== undefined && { code }),
    ...(detail !== undefined && { detail }),
    ...(originalTopic !== undefined &&
      part !== undefined &&
      at !== undefined && { original: { topic: originalTopic, partition: part, offset: at, ...generation } }),
    ...(originalAt !== undefined && { originalAt }),
    truncated: record.headers.has("dlq-truncado"),
    ...(redriveOf !== undefined && { redriveOf }),
    ...(id !== undefined && { id })
  }
}

/** How many headers are shown. There may be millions. */
const mostShown = 100

/** The first headers as text. If several have the same name, the last one counts. */
export const headerTexts = ({ headers }: LetterRecord): Readonly<Record<string, string>> => {
  const texts: Record<string, string> = {}
  let count = 0
  for (const { name, value } of headers) {
    if (count++ === mostShown) break
    texts[decoder.decode(name)] = value === null ? "" : decoder.decode(value)
  }
  return texts
}

/** Key and value as text, if there are any. */
export const letterTexts = ({ key, value }: LetterRecord): { readonly key?: string; readonly value?: string } => ({
  ...(key !== null && { key: decoder.decode(key) }),
  ...(value !== null && { value: decoder.decode(value) })
})

/** The original's headers, plus the dead letter from which it is redriven now. */
export const redrivenHeaders = ({ headers, offset, partition, topic }: LetterRecord): RecordHeaders =>
  headers.withoutPrefix(ownPrefix).concat(RecordHeaders.of([[redriveHeader, `${topic}/${partition}/${offset}`]]))
