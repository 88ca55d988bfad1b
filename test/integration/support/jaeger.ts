import { Effect } from "effect"

interface Reference {
  readonly refType: "CHILD_OF" | "FOLLOWS_FROM"
  readonly traceID: string
  readonly spanID: string
}

interface Pair {
  readonly key: string
  readonly value: unknown
}

/** One span as Jaeger's query API returns it. Times are in microseconds. */
export interface JaegerSpan {
  readonly traceID: string
  readonly spanID: string
  readonly operationName: string
  readonly references: ReadonlyArray<Reference>
  readonly startTime: number
  readonly duration: number
  readonly tags: ReadonlyArray<Pair>
  readonly logs: ReadonlyArray<{ readonly fields: ReadonlyArray<Pair> }>
}

interface JaegerTrace {
  readonly traceID: string
  readonly spans: ReadonlyArray<JaegerSpan>
}

/** Jaeger's query API under this URL. */
export const jaegerAt = (url: string) => {
  const ask = (path: string) =>
    Effect.tryPromise(async (): Promise<ReadonlyArray<JaegerTrace>> => {
      const answer = await fetch(`${url}${path}`)
      const { data } = (await answer.json()) as { readonly data: ReadonlyArray<JaegerTrace> | null }
      return data ?? []
    })
  return {
    trace: (id: string) => Effect.map(ask(`/api/traces/${id}`), ([trace]) => trace?.spans ?? []),
    /** The traces of a service in which one span has all these tags. */
    search: (service: string, tags: Readonly<Record<string, string>> = {}) =>
      ask(`/api/traces?service=${service}&limit=1000&lookback=1h&tags=${encodeURIComponent(JSON.stringify(tags))}`)
  }
}

export const tagsOf = ({ tags }: JaegerSpan): Readonly<Record<string, unknown>> =>
  Object.fromEntries(tags.map(({ key, value }) => [key, value]))

export const parentOf = ({ references, traceID }: JaegerSpan): string | undefined =>
  references.find((one) => one.refType === "CHILD_OF" && one.traceID === traceID)?.spanID

/** The spans of other traces to which this one is linked. */
export const linksOf = ({ references, traceID }: JaegerSpan): ReadonlyArray<string> =>
  references.filter((one) => one.traceID !== traceID).map((one) => `${one.traceID}/${one.spanID}`)

/** The names of a trace's spans, each below its parent, in the order of their starts. */
export const outlineOf = (spans: ReadonlyArray<JaegerSpan>): ReadonlyArray<string> => {
  const known = new Set(spans.map(({ spanID }) => spanID))
  const below = (parent: string | undefined, indent: string): ReadonlyArray<string> =>
    spans
      .filter((span) => {
        const own = parentOf(span)
        return (own !== undefined && known.has(own) ? own : undefined) === parent
      })
      .toSorted((one, other) => one.startTime - other.startTime)
      .flatMap((span) => [`${indent}${span.operationName}`].concat(below(span.spanID, `${indent}  `)))
  return below(undefined, "")
}
