import { Effect, Option, type Tracer } from "effect"
import { TestClock } from "effect/testing"

import { tracedWorld } from "../../test/support/spans.ts"
import { fixture } from "../../test/support/World.ts"

/** How long each vendor takes to answer, in milliseconds of virtual time. */
const latency = { serviceNow: 120, weni: 80 }

/** The spans of one record of a known customer with both channels, in the order in which they started. */
const spansOfRecord = Effect.fnUntraced(function* () {
  const world = yield* tracedWorld()
  yield* world.serviceNow.faults.add({ kind: "slow", delayMs: latency.serviceNow, times: -1 })
  yield* world.weni.faults.add({ kind: "slow", delayMs: latency.weni, times: -1 })
  yield* TestClock.adjust("1500 millis")
  yield* world.produce(fixture("comunicacaoTransacional.json"))
  for (let step = 0; step < 2000; step++) yield* TestClock.adjust("1 millis")
  const root = world.spans.find(({ name }) => name.startsWith("process "))
  yield* world.process.stop
  return world.spans.filter(({ traceId }) => traceId === root?.traceId)
})

const milliseconds = (nanoseconds: bigint): number => Number(nanoseconds / 1_000_000n)

interface Row {
  readonly span: Tracer.Span
  readonly depth: number
  readonly start: number
  readonly end: number
}

/** Each span below its parent. */
const rowsOf = (spans: ReadonlyArray<Tracer.Span>): ReadonlyArray<Row> => {
  const parentOf = ({ parent }: Tracer.Span) => Option.getOrUndefined(parent)?.spanId
  const below = (parent: string | undefined, depth: number): ReadonlyArray<Row> =>
    spans
      .filter((span) => parentOf(span) === parent)
      .flatMap((span) => {
        const { status } = span
        const end = status._tag === "Ended" ? status.endTime : status.startTime
        const row: Row = { span, depth, start: milliseconds(status.startTime), end: milliseconds(end) }
        return [row].concat(below(span.spanId, depth + 1))
      })
  return below(undefined, 0)
}

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")

const colors: Readonly<Record<Tracer.SpanKind, string>> = {
  consumer: "#6366f1",
  producer: "#6366f1",
  client: "#10b981",
  server: "#10b981",
  internal: "#94a3b8"
}

const width = 1076
const left = 420
const rowHeight = 22
const top = 64

/** The rows as bars on a common time axis. */
const draw = (rows: ReadonlyArray<Row>): string => {
  const first = Math.min(...rows.map(({ start }) => start))
  const last = Math.max(...rows.map(({ end }) => end))
  const scale = (width - left - 90) / (last - first)
  const height = top + rows.length * rowHeight + 20
  const lines = rows.map(({ depth, end, span, start }, index) => {
    const y = top + index * rowHeight
    const x = left + (start - first) * scale
    const length = Math.max(2, (end - start) * scale)
    const stripe =
      index % 2 === 0 ? `<rect x="16" y="${y}" width="${width - 32}" height="${rowHeight}" fill="#f8fafc"/>` : ""
    return `${stripe}<text x="${24 + depth * 14}" y="${y + 15}">${escaped(span.name)}</text><rect x="${x.toFixed(1)}" y="${y + 6}" width="${length.toFixed(1)}" height="10" rx="2" fill="${colors[span.kind]}"/><text x="${(x + length + 6).toFixed(1)}" y="${y + 15}" class="time">${end - start} ms</text>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" font-family="Inter, 'Segoe UI', Helvetica, Arial, sans-serif" font-size="12" fill="#1f2937">
<title>The trace of one record: ${rows.length} spans in ${last - first} ms</title>
<style>.time { fill: #64748b; font-size: 11px }</style>
<rect width="${width}" height="${height}" rx="14" fill="#ffffff"/>
<text x="24" y="32" font-size="15" font-weight="600">The trace of one record</text>
<text x="24" y="50" class="time">${rows.length} spans, ${last - first} ms; ServiceNow answers after ${latency.serviceNow} ms, Weni after ${latency.weni} ms, the rest takes no time here</text>
${lines.join("\n")}
</svg>
`
}

/** An SVG of the trace that a collector would get of one record, in virtual time. */
export const tracePicture = (): Promise<string> =>
  spansOfRecord().pipe(
    Effect.map((spans) => draw(rowsOf(spans))),
    Effect.scoped,
    Effect.provide(TestClock.layer()),
    Effect.runPromise
  )
