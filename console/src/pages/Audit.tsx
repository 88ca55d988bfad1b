import { useState } from "preact/hooks"

import { ReasonDialog } from "../actions/ReasonDialog.tsx"
import { get, post } from "../api/client.ts"
import type { Audit as AuditResult } from "../api/types.ts"
import { pathOf } from "../list/fields.ts"
import { useLoad } from "../load.ts"
import { useRole } from "../session.ts"
import { formatNumber } from "../text/formatNumber.ts"
import { text } from "../text/text.ts"
import { toast } from "../toast.ts"
import { Head } from "../ui/Head.tsx"
import { Badge, Card } from "../ui/parts.tsx"
import { Shown } from "../ui/states.tsx"

type Partition = AuditResult["topics"][number]
type Log = Partition | NonNullable<Partition["earlier"]>[number]

/** Offsets without an ending, as `POST /api/audit/settle` takes them. */
interface Missing {
  readonly topic: string
  readonly partition: number
  readonly generation?: number
  readonly first: number
  readonly last: number
  /** Whether Kafka can deliver them again. */
  readonly where: "kafka" | "partly" | "gone" | "earlier"
}

const logsOf = (partition: Partition): ReadonlyArray<Log> => [...(partition.earlier ?? []), partition]

const whereIs = ({ earliest }: Partition, log: Log, first: number, last: number): Missing["where"] => {
  if ("next" in log) return "earlier"
  return last < earliest ? "gone" : first < earliest ? "partly" : "kafka"
}

const missingOf = (partition: Partition): ReadonlyArray<Missing> =>
  logsOf(partition).flatMap((log) => {
    const { generation, missing = [] } = log
    const place = {
      topic: partition.topic,
      partition: partition.partition,
      ...(generation !== undefined && { generation })
    }
    return missing.map(({ first, last }) =>
      Object.assign({ first, last, where: whereIs(partition, log, first, last) }, place)
    )
  })

const keyOf = ({ first, generation = 1, partition, topic }: Omit<Missing, "last" | "where">) =>
  `${topic} ${partition} ${generation} ${first}`

const whereTone = { kafka: "amber", partly: "amber", gone: "red", earlier: "grey" } as const

/** The ranges of records that were passed and have no ending, and what can be done about them. */
const MissingRecords = ({
  of,
  onSettle
}: {
  readonly of: ReadonlyArray<Missing>
  readonly onSettle: ((missing: Missing) => void) | undefined
}) => (
  <Card title={text.audit.missingTitle}>
    <div class="body stack tight">
      <p class="soft small">{text.audit.missingHint}</p>
      <ul class="stack tight">
        {of.map((missing) => {
          const { first, last, partition, topic, where } = missing
          return (
            <li key={keyOf(missing)} class="row between">
              <span class="row">
                <span class="wrap-any">{text.audit.place(topic, partition, first, last)}</span>
                <Badge tone={whereTone[where]}>{text.audit.where[where]}</Badge>
              </span>
              {onSettle && (
                <button type="button" class="button small" onClick={() => onSettle(missing)}>
                  {text.audit.settle}
                </button>
              )}
            </li>
          )
        })}
      </ul>
    </div>
  </Card>
)

/** Communications that stand still, each a link. */
const Standing = ({ ids, title }: { readonly title: string; readonly ids: ReadonlyArray<string> }) => (
  <Card title={title} aside={formatNumber(ids.length)}>
    <ul class="body stack tight">
      {ids.map((id) => (
        <li key={id}>
          <a class="mono wrap-any" href={pathOf({ id })}>
            {id}
          </a>
        </li>
      ))}
    </ul>
  </Card>
)

const columns = [
  [text.audit.topic, ""],
  [text.audit.partition, "right"],
  [text.audit.committed, "right"],
  [text.audit.ended, "right"],
  [text.audit.skipped, "right"],
  [text.audit.unaccounted, "right"]
] as const

const Partitions = ({ topics }: Pick<AuditResult, "topics">) => (
  <section class="card">
    <div class="body scroll-x" tabIndex={0} role="group" aria-label={text.nav.audit}>
      <table class="plain">
        <thead>
          <tr>
            {columns.map(([name, side]) => (
              <th key={name} scope="col" class={side}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {topics.flatMap((partition) =>
            logsOf(partition).map((log) => (
              <tr key={keyOf({ ...partition, ...log })}>
                <td class="wrap-any">
                  {partition.topic}
                  {log.generation !== undefined && <span class="soft"> {text.audit.log(log.generation)}</span>}
                </td>
                <td class="right num">{partition.partition}</td>
                <td class="right num">{formatNumber("next" in log ? log.next : log.committed)}</td>
                <td class="right num">{formatNumber(log.ended)}</td>
                <td class="right num">{formatNumber(log.skipped)}</td>
                <td class={`right num ${log.unaccounted > 0 ? "red" : "green"}`}>{formatNumber(log.unaccounted)}</td>
              </tr>
            ))
          )}
        </tbody>
      </table>
    </div>
  </section>
)

/** Shows which records have no ending and which communications make no progress. Numbers on the first page lead here. */
export const Audit = () => {
  const loaded = useLoad("audit", (signal) => get<AuditResult>("/api/audit", signal), 30_000)
  const isOperator = useRole("operator")
  const [settling, setSettling] = useState<Missing>()
  return (
    <>
      <Head title={text.nav.audit} />
      <div class="stack">
        <p class="soft">{text.audit.intro}</p>
        <Shown of={loaded}>
          {({ ahead, overdue, overdueIds = [], stalled, stalledIds = [], topics, unaccounted, unreached = [] }) => {
            const missing = topics.flatMap(missingOf)
            return (
              <>
                {unreached.map(({ partitions, reason, topic }) => (
                  <section class="card note amber" key={`${topic} ${reason}`}>
                    <span class="dot amber" />
                    <div>
                      <strong>{text.audit.unreached(partitions.map((partition) => `${topic}/${partition}`))}</strong>
                      <div class="soft small wrap-any">{reason}</div>
                    </div>
                  </section>
                ))}
                <section class={`card note ${unaccounted > 0 ? "red" : ""}`}>
                  <span class={`dot ${unaccounted > 0 ? "red" : "green"}`} />
                  <div class="grow">
                    <strong>
                      {unaccounted > 0
                        ? text.audit.wrong(unaccounted)
                        : unreached.length > 0
                          ? text.audit.goodOfOthers
                          : text.audit.good}
                    </strong>
                    <div class="soft small">
                      {text.audit.stalled}: {formatNumber(stalled)} · {text.audit.overdue}: {formatNumber(overdue)}
                    </div>
                    {ahead > 0 && <p class="small">{text.audit.ahead(ahead)}</p>}
                  </div>
                  {unaccounted > 0 && (
                    <a class="button small" href="/manual#unaccounted-records">
                      {text.now.whatToDo}
                    </a>
                  )}
                </section>
                {missing.length > 0 && <MissingRecords of={missing} onSettle={isOperator ? setSettling : undefined} />}
                {stalledIds.length > 0 && <Standing title={text.audit.stalled} ids={stalledIds} />}
                {overdueIds.length > 0 && <Standing title={text.audit.overdue} ids={overdueIds} />}
                <Partitions topics={topics} />
              </>
            )
          }}
        </Shown>
      </div>
      {settling !== undefined && (
        <ReasonDialog
          title={text.audit.settleTitle}
          explain={`${text.audit.place(settling.topic, settling.partition, settling.first, settling.last)}. ${text.audit.settleExplain}`}
          confirm={text.action.confirm(1)}
          onClose={() => setSettling(undefined)}
          run={async (reason) => {
            const { where: _, ...offsets } = settling
            await post<AuditResult>("/api/audit/settle", { ...offsets, reason })
            toast(text.action.done)
            loaded.reload()
          }}
        />
      )}
    </>
  )
}
