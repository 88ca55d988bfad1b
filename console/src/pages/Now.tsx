import { useState } from "preact/hooks"

import { BreakerDialog } from "../actions/BreakerDialog.tsx"
import { withQuery } from "../api/client.ts"
import type { Overview, Vendor } from "../api/types.ts"
import { problemShown } from "../problems.ts"
import { useRole, useSession } from "../session.ts"
import { formatNumber } from "../text/formatNumber.ts"
import { text } from "../text/text.ts"
import { formatAgo, formatSpan, useNow } from "../time.ts"
import { breakerText } from "../told.ts"
import { Chart } from "../ui/Chart.tsx"
import { CodigoHelp } from "../ui/CodigoHelp.tsx"
import { Head } from "../ui/Head.tsx"
import { Age, Badge, Bar, Card } from "../ui/parts.tsx"
import { Shown } from "../ui/states.tsx"

const sum = (numbers: ReadonlyArray<number>) => numbers.reduce((total, count) => total + count, 0)

/** The first sentence of the page: all is well, or what is wrong and what to do. */
const Headline = ({ overview }: { readonly overview: Overview }) => {
  if (overview.ok)
    return (
      <section class="note headline good" aria-live="polite">
        <span class="dot green" />
        <div class="grow">
          <strong>{text.now.good}</strong>
          <span class="soft">{text.now.goodMore(overview.inFlight, overview.processes.length)}</span>
        </div>
      </section>
    )
  const [first, ...others] = overview.problems.map(problemShown)
  if (first === undefined) return null
  return (
    <section class="card note amber" aria-live="polite">
      <span class="dot amber" />
      <div class="grow">
        {[first, ...others].map(({ detail, id, list, manual, says, toDo }, index) => (
          <div key={id} class={index === 0 ? "problem" : "problem another"}>
            <div class="grow">
              <strong class={index === 0 ? "big" : ""}>{says}</strong>
              <p class="soft">{toDo ?? detail}</p>
            </div>
            <span class="row">
              {list !== undefined && (
                <a class="button small" href={list}>
                  {text.now.see}
                </a>
              )}
              <a class="button small" href={manual}>
                {text.now.whatToDo}
              </a>
            </span>
          </div>
        ))}
      </div>
    </section>
  )
}

const numberOrDash = (value: number | undefined) => (value === undefined ? "–" : formatNumber(value))

const Figure = ({
  beside,
  href,
  label,
  tone = "",
  value
}: {
  readonly href: string
  readonly label: string
  /** Absent if it is not known. */
  readonly value: number | undefined
  readonly beside?: string | undefined
  readonly tone?: string
}) => (
  <a class="card number" href={href}>
    <span class="label">{label}</span>
    <span class={`value ${value !== undefined && value > 0 ? tone : ""}`}>{numberOrDash(value)}</span>
    {beside !== undefined && <span class="beside">{beside}</span>}
  </a>
)

const Numbers = ({ now, overview }: { readonly overview: Overview; readonly now: number }) => {
  const { deadLetters, failures, inDoubt, inFlight, unaccounted, waiting } = overview
  const age = (at: number | undefined) => (at === undefined ? undefined : formatAgo(now - at))
  return (
    <div class="numbers">
      <Figure href="/comunicacoes?status=working" label={text.now.inFlight} value={inFlight} />
      <Figure
        href="/comunicacoes?status=waiting"
        label={text.now.waiting}
        value={waiting.count}
        tone="amber"
        beside={age(waiting.oldestAt)}
      />
      <Figure
        href="/em-duvida"
        label={text.now.inDoubt}
        value={inDoubt.count}
        tone="violet"
        beside={age(inDoubt.oldestAt)}
      />
      <Figure href="/cartas-mortas" label={text.now.deadLetters} value={deadLetters.count} />
      <Figure
        href="/comunicacoes?status=failure&status=partial_success&since=24h"
        label={text.now.failures}
        value={sum(failures.map(({ count }) => count))}
      />
      <Figure href="/auditoria" label={text.now.unaccounted} value={unaccounted} tone="red" />
    </div>
  )
}

const Flow = ({ flow }: { readonly flow: Overview["flow"] }) => (
  <Card
    title={text.now.flow}
    aside={
      <span class="row">
        {text.now.lastHour}
        <span class="legend">
          <i style={{ background: "var(--chart)" }} /> {text.now.orders}
        </span>
        <span class="legend">
          <i style={{ background: "var(--chart-second)" }} /> {text.now.events}
        </span>
        <span class="legend">
          <i style={{ background: "var(--red)" }} /> {text.now.failed}
        </span>
      </span>
    }
  >
    <div class="body">
      <Chart flow={flow} />
      {flow.every(({ events, failures, orders }) => orders + events + failures === 0) && (
        <p class="soft small">{text.now.noFlow}</p>
      )}
    </div>
  </Card>
)

const Failures = ({ failures }: { readonly failures: Overview["failures"] }) => {
  const most = Math.max(...failures.map(({ count }) => count), 1)
  const listOf = ({ channel, codigo, journey }: Overview["failures"][number]) =>
    channel === "record"
      ? withQuery("/cartas-mortas", { codigo, since: "24h" })
      : withQuery("/comunicacoes", { codigo, journey, since: "24h" })
  return (
    <Card title={text.now.failuresTitle} aside={text.now.byCode}>
      <div class="body">
        {failures.length === 0 ? (
          <p class="soft">{text.now.noFailures}</p>
        ) : (
          <table class="plain failures">
            <thead>
              <tr>
                <th scope="col">{text.now.code}</th>
                <th scope="col">{text.now.journey}</th>
                <th scope="col" class="wide">
                  <span class="visually-hidden">{text.now.times}</span>
                </th>
                <th scope="col" class="right">
                  {text.now.times}
                </th>
              </tr>
            </thead>
            <tbody>
              {failures.map((failure) => (
                <tr key={`${failure.codigo} ${failure.channel} ${failure.journey}`}>
                  <td>
                    <a class="mono" href={listOf(failure)}>
                      {failure.codigo}
                    </a>{" "}
                    <span class="soft small">{text.now.channel[failure.channel]}</span>
                    <div>
                      <CodigoHelp codigo={failure.codigo} />
                    </div>
                  </td>
                  <td title={failure.journey}>{text.journeyName(failure.journey)}</td>
                  <td class="wide middle">
                    <Bar value={failure.count} of={most} tone="red" />
                  </td>
                  <td class="right num">{formatNumber(failure.count)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </div>
    </Card>
  )
}

const Vendors = ({ now, overview }: { readonly overview: Overview; readonly now: number }) => {
  const [asked, ask] = useState<Vendor>()
  const isOperator = useRole("operator")
  const names: ReadonlyArray<Vendor> = ["servicenow", "weni"]
  return (
    <Card title={text.now.vendors}>
      <div class="body">
        {names.map((vendor) => {
          const { detail, open } = overview.breakers[vendor]
          return (
            <div key={vendor} class="vendor">
              <span class={`dot ${open ? "amber" : "green"}`} />
              <span class="row">
                <strong>{text.vendor[vendor]}</strong>
                <Badge tone={open ? "amber" : "green"}>{open ? text.now.vendorWaiting : text.now.vendorGood}</Badge>
              </span>
              {open && isOperator ? (
                <button type="button" class="button small" onClick={() => ask(vendor)}>
                  {text.now.tryNow}
                </button>
              ) : (
                <span />
              )}
              {breakerText(detail) !== "" && <span class="detail soft small wrap-any">{breakerText(detail)}</span>}
            </div>
          )
        })}
        {overview.kafka.map(({ lag, oldestAt, topic }) => (
          <div key={topic} class="vendor">
            <span class={`dot ${lag > 0 && oldestAt !== undefined && now - oldestAt > 300_000 ? "amber" : "green"}`} />
            <span class="wrap-any">
              <strong>{text.now.kafka}</strong> <span class="soft small">{topic}</span>
            </span>
            <a class="num" href="/auditoria">
              {text.now.lag(lag)}
            </a>
            {oldestAt !== undefined && (
              <span class="detail soft small">{text.now.oldest(formatSpan(now - oldestAt))}</span>
            )}
          </div>
        ))}
      </div>
      {asked !== undefined && <BreakerDialog vendor={asked} onClose={() => ask(undefined)} />}
    </Card>
  )
}

/** `0–3, 7`: the partitions of one topic that a process reads. */
const rangesOf = (partitions: ReadonlyArray<number>): string => {
  const ranges: Array<[number, number]> = []
  for (const partition of [...partitions].sort((one, other) => one - other)) {
    const last = ranges.at(-1)
    if (last !== undefined && partition <= last[1] + 1) last[1] = partition
    else ranges.push([partition, partition])
  }
  return ranges.map(([from, to]) => (from === to ? String(from) : `${from}–${to}`)).join(", ")
}

/** The ranges that a process owns, each with its topics. Equal ranges of several topics appear once. */
const ownedRanges = (
  partitions: Overview["processes"][number]["partitions"]
): ReadonlyArray<readonly [string, ReadonlyArray<string>]> => {
  const topicsByRanges = new Map<string, ReadonlyArray<string>>()
  for (const topic of new Set(partitions.map((one) => one.topic))) {
    const ranges = rangesOf(partitions.flatMap((one) => (one.topic === topic ? [one.partition] : [])))
    topicsByRanges.set(ranges, [...(topicsByRanges.get(ranges) ?? []), topic])
  }
  return [...topicsByRanges]
}

const Replicas = ({ now, processes }: { readonly processes: Overview["processes"]; readonly now: number }) => (
  <Card
    title={text.now.replicas}
    aside={text.now.partitions(sum(processes.map(({ partitions }) => partitions.length)))}
  >
    <div class="body">
      {processes.length === 0 ? (
        <p class="soft">{text.now.noProcesses}</p>
      ) : (
        <table class="plain">
          <thead>
            <tr>
              <th scope="col">{text.now.process}</th>
              <th scope="col">{text.now.partition}</th>
              <th scope="col" class="right">
                {text.now.working}
              </th>
              <th scope="col" class="right">
                {text.now.seen}
              </th>
            </tr>
          </thead>
          <tbody>
            {processes.map(({ id, inFlight, partitions, ready, seenAt, version }) => (
              <tr key={id}>
                <td class="wrap-any">
                  <span title={version}>{id.length > 14 ? `${id.slice(0, 13)}…` : id}</span>{" "}
                  {!ready && <Badge tone="amber">{text.now.notReady}</Badge>}
                </td>
                <td class="small">
                  {ownedRanges(partitions).map(([ranges, topics]) => (
                    <div key={ranges} class="num" title={topics.join(", ")}>
                      {ranges}
                    </div>
                  ))}
                </td>
                <td class="right num">{formatNumber(inFlight)}</td>
                <td class="right soft">
                  <Age at={seenAt} now={now} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  </Card>
)

const More = ({ overview }: { readonly overview: Overview }) => {
  const rows: ReadonlyArray<readonly [string, number | undefined, string]> = [
    [text.now.writes, overview.waiting.writes, "/comunicacoes?status=waiting"],
    [text.now.parked, overview.parked.count, "/eventos-a-espera"],
    [text.now.stalled, overview.stalled, "/auditoria"],
    [text.now.overdue, overview.overdue, "/auditoria"]
  ]
  return (
    <Card title={text.now.more}>
      <div class="body">
        <table class="plain">
          <tbody>
            {rows.map(([name, count, href]) => (
              <tr key={name}>
                <td>{name}</td>
                <td class="right num">
                  <a href={href} aria-label={`${name}: ${numberOrDash(count)}`}>
                    {numberOrDash(count)}
                  </a>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  )
}

/** The age of the shown data, as a component of its own, so that its seconds redraw nothing else. */
const Refreshed = ({ at }: { readonly at: number }) => {
  useNow()
  return <span class="soft small">{text.page.refreshed(formatSpan(Date.now() - at))}</span>
}

export const Now = () => {
  const { overview } = useSession()
  const now = useNow(5000)
  return (
    <>
      <Head title={text.nav.now} beside={overview.at !== undefined && <Refreshed at={overview.at} />} />
      <div class="stack">
        <Shown of={overview} lines={8}>
          {(data) => (
            <>
              <Headline overview={data} />
              <Numbers overview={data} now={now} />
              <div class="now-grid">
                <div class="stack">
                  <Flow flow={data.flow} />
                  <Failures failures={data.failures} />
                </div>
                <div class="stack">
                  <Vendors overview={data} now={now} />
                  <Replicas processes={data.processes} now={now} />
                  <More overview={data} />
                </div>
              </div>
            </>
          )}
        </Shown>
      </div>
    </>
  )
}
