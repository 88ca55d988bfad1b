import type { ComponentChildren } from "preact"
import { useState } from "preact/hooks"

import { ActionDialog } from "../actions/ActionDialog.tsx"
import { planOperation, planRetry, runOperation, runRetry } from "../actions/operation.ts"
import { RevealDialog } from "../actions/RevealDialog.tsx"
import { get } from "../api/client.ts"
import type { Communication as Details } from "../api/types.ts"
import { useKeys } from "../keyboard.ts"
import { apiPathOf, nameOf, pathOf } from "../list/fields.ts"
import { useLoad } from "../load.ts"
import { useReveals } from "../reveals.ts"
import { goBack } from "../router.ts"
import { useRole } from "../session.ts"
import { caseBodyOf, fieldOf, gapBefore, messageOf, stepsOf, titleOf, waitText } from "../story/story.ts"
import { ticketText } from "../story/ticket.ts"
import { text } from "../text/text.ts"
import { formatSpan, isSameDay, serverNow } from "../time.ts"
import { copyText } from "../toast.ts"
import { vendorText } from "../told.ts"
import { CodigoHelp } from "../ui/CodigoHelp.tsx"
import { Head } from "../ui/Head.tsx"
import { Badge, Card, Json, Note, Pairs, StatusBadge, StatusBadges, Time } from "../ui/parts.tsx"
import { Shown } from "../ui/states.tsx"

const Story = ({ of }: { readonly of: Details }) => {
  const steps = stepsOf(of.timeline)
  return (
    <Card title={text.communication.story} aside={text.time.zone}>
      <ol class="story">
        {steps.map((step, index) => {
          const previous = steps[index - 1]
          const gap = gapBefore(step, previous)
          return (
            <>
              {gap !== undefined && <li class="gap">— {gap} —</li>}
              <li class={step.tone}>
                <details>
                  <summary>
                    <span class="what">
                      <strong>{step.title}</strong>
                      <Time at={step.at} />
                    </span>
                    {step.more !== undefined && <span class="more">{step.more}</span>}
                    {step.by !== undefined && (
                      <span class="more">
                        {text.communication.by(step.by)}
                        {step.reason !== undefined && `: ${step.reason}`}
                      </span>
                    )}
                  </summary>
                  {step.operation !== undefined && (
                    <p class="small">
                      <a href={`/operacoes?id=${encodeURIComponent(step.operation)}`}>{text.action.see}</a>
                    </p>
                  )}
                  {step.facts.map((entry, position) => (
                    <div key={position} class="fact">
                      <div class="soft small">
                        <span class="mono">{entry.fact}</span> · {titleOf(entry)} · <Time at={entry.at} />
                      </div>
                      <Json value={entry.data} label={`${text.communication.data}: ${entry.fact}`} />
                    </div>
                  ))}
                </details>
              </li>
            </>
          )
        })}
      </ol>
    </Card>
  )
}

const Chat = ({ of }: { readonly of: Details }) => {
  const sent = of.timeline.find(({ data, fact }) => fact === "DispatchSettled" && fieldOf(data, "outcome") === "sent")
  const intended = of.timeline.findLast(({ fact }) => fact === "DispatchIntended")
  const message = messageOf(of)
  const said = of.events.filter(({ text: words }) => words !== undefined && words !== "")
  const has = (evento: string) => of.events.some((event) => event.evento === evento)
  const at = sent?.at ?? intended?.at
  if (of.whatsapp === undefined || at === undefined)
    return (
      <Card title={text.communication.whatsapp}>
        <div class="body soft">{text.communication.noMessage}</div>
      </Card>
    )
  return (
    <Card title={text.communication.whatsapp} aside={text.communication.asSeen}>
      <div class="body stack">
        <div class="chat">
          <div class="bubble">
            {message ?? text.communication.template}
            <span class="meta">
              <Time at={at} seconds={false} />{" "}
              {has("lida")
                ? `✓✓ ${text.communication.read}`
                : has("entregue")
                  ? "✓✓"
                  : of.whatsapp.outcome === "sent"
                    ? "✓"
                    : ""}
              {of.whatsapp.outcome !== "sent" && (text.whatsapp[of.whatsapp.outcome] ?? "")}
            </span>
          </div>
          {said.map((event) => (
            <div key={`${event.at} ${event.evento}`} class="bubble theirs">
              {event.text === "***" ? (
                <em>{text.communication.masked(text.evento[event.evento] ?? event.evento)}</em>
              ) : (
                event.text
              )}
              <Time at={event.at} seconds={false} />
            </div>
          ))}
        </div>
        {message !== undefined && <p class="soft small">{text.communication.template}</p>}
      </div>
    </Card>
  )
}

const link = (href: string | undefined, children: ComponentChildren) =>
  href === undefined ? (
    children
  ) : (
    <a href={href} target="_blank" rel="noreferrer">
      {children} ↗
    </a>
  )

const Side = ({
  isRevealed,
  of,
  onReveal
}: {
  readonly of: Details
  readonly isRevealed: boolean
  readonly onReveal: (() => void) | undefined
}) => {
  const body = caseBodyOf(of)
  const { customer, record } = of
  const pairs = (entries: ReadonlyArray<readonly [string, ComponentChildren | undefined]>) =>
    entries.filter((entry): entry is readonly [string, ComponentChildren] => entry[1] !== undefined)
  return (
    <div class="stack">
      {of.waiting.length > 0 && (
        <Card title={text.communication.waiting}>
          <div class="body">
            <Pairs
              of={of.waiting.map((waits) => [
                waits.vendor === undefined ? waitText(waits.for) : text.vendor[waits.vendor],
                <>
                  <Time at={waits.at} /> {waits.reason === undefined ? undefined : vendorText(waits.reason)}
                  {waits.until !== undefined && (
                    <>
                      {" "}
                      · {text.communication.until} <Time at={waits.until} />
                    </>
                  )}
                </>
              ])}
            />
          </div>
        </Card>
      )}
      <Chat of={of} />
      <Card
        title={text.communication.customer}
        aside={
          onReveal && (
            <button type="button" class="link-button" onClick={onReveal}>
              {isRevealed ? text.communication.hide : text.communication.reveal}
            </button>
          )
        }
      >
        <div class="body">
          {customer === undefined ? (
            <span class="soft">{text.common.unknown}</span>
          ) : (
            <Pairs
              of={pairs([
                [text.communication.name, customer.name],
                [text.communication.document, customer.document],
                [text.communication.phone, customer.phone],
                [text.communication.email, customer.email],
                [text.communication.customerId, customer.id]
              ])}
            />
          )}
        </div>
      </Card>
      <Card title={text.communication.case} aside={of.case && link(of.links.case, of.case.number)}>
        <div class="body">
          {of.case === undefined ? (
            <span class="soft">{text.communication.noCase}</span>
          ) : (
            <Pairs
              of={pairs([
                [text.communication.number, of.case.number],
                [text.communication.sysId, <span class="mono">{of.case.sysId}</span>],
                [text.communication.subject, fieldOf(body, "short_description")],
                [text.communication.state, fieldOf(body, "state")],
                [text.communication.group, fieldOf(body, "assignment_group")]
              ])}
            />
          )}
        </div>
      </Card>
      <Card title={text.communication.responses}>
        <div class="body">
          {of.responses.length === 0 ? (
            <span class="soft">{text.communication.noResponses}</span>
          ) : (
            <ul class="responses">
              {of.responses.map((response) => (
                <li key={response.id}>
                  <details>
                    <summary>
                      <span class="grow">{text.evento[response.evento] ?? response.evento}</span>
                      <StatusBadge status={response.status} />
                      <Time at={response.at} />
                    </summary>
                    <div class="stack">
                      <div class="mono wrap-any">{response.id}</div>
                      {!response.acknowledged && <Badge tone="amber">{text.communication.notAcknowledged}</Badge>}
                      <Json value={response.content} label={response.id} />
                    </div>
                  </details>
                </li>
              ))}
            </ul>
          )}
        </div>
      </Card>
      <Card title={text.communication.identifiers}>
        <div class="body">
          <Pairs
            of={pairs([
              [text.communication.id, <span class="mono">{of.id}</span>],
              [text.list.order, of.order],
              [text.communication.shipment, of.shipment],
              [
                text.communication.origin,
                record && text.communication.place(record.origin.topic, record.origin.partition, record.origin.offset)
              ],
              [text.communication.channels, record?.channels.join(", ")],
              [text.communication.eventTime, record && <Time at={record.eventTime} />],
              [
                text.communication.messageId,
                of.whatsapp?.messageId && <span class="mono">{of.whatsapp.messageId}</span>
              ],
              [
                text.communication.codes,
                of.codigos.length === 0
                  ? undefined
                  : of.codigos.map((codigo) => (
                      <div key={codigo}>
                        <span class="mono">{codigo}</span> <CodigoHelp codigo={codigo} />
                      </div>
                    ))
              ]
            ])}
          />
        </div>
      </Card>
    </div>
  )
}

type Asked = "retry" | "decide" | "end" | "reveal"

export const Communication = ({ id }: { readonly id: string }) => {
  const loaded = useLoad(id, (signal) => get<Details>(apiPathOf({ id }), signal), 5000)
  const [asked, ask] = useState<Asked>()
  const reveals = useReveals<Details>()
  const isOperator = useRole("operator")
  const isPrivacy = useRole("privacy")
  const { data } = loaded
  useKeys({ Escape: () => goBack("/comunicacoes") })
  const revealed = reveals.revealed[id]

  const shown = revealed ?? data
  const title = shown?.order === undefined ? text.nav.communication : text.communication.order(shown.order)
  const isDoubtful = data?.marks.includes("in_doubt") === true
  const canRetry = data !== undefined && (data.status === "failure" || data.status === "partial_success")
  const [trace, ...traces] = data?.links.traces ?? []
  const several = loaded.error?.status === 409 ? loaded.error.ids : []
  return (
    <>
      <Head
        title={title}
        beside={data && <StatusBadges item={data} />}
        below={
          data && (
            <>
              {text.journeyName(data.journey)} · {text.communication.received} <Time at={data.createdAt} />
              {!isSameDay(data.createdAt, serverNow()) && ` · ${formatSpan(serverNow() - data.createdAt)}`}
            </>
          )
        }
      >
        {data && (
          <>
            <button type="button" class="button" onClick={() => void copyText(ticketText(data), text.common.copied)}>
              {text.communication.copy}
            </button>
            {trace !== undefined && (
              <a class="button" href={trace} target="_blank" rel="noreferrer">
                {text.communication.trace} ↗
              </a>
            )}
            {traces.map((url, index) => (
              <a key={url} class="button" href={url} target="_blank" rel="noreferrer">
                {text.communication.traces(index + 2)} ↗
              </a>
            ))}
            {isOperator && data.marks.includes("waiting") && (
              <button type="button" class="button" onClick={() => ask("end")}>
                {text.communication.end}
              </button>
            )}
            {isOperator && isDoubtful && (
              <button type="button" class="button primary" onClick={() => ask("decide")}>
                {text.communication.decide}
              </button>
            )}
            {isOperator && canRetry && !isDoubtful && (
              <button type="button" class="button primary" onClick={() => ask("retry")}>
                {text.communication.retry}
              </button>
            )}
          </>
        )}
      </Head>
      {several.length > 0 ? (
        <Card title={text.communication.several}>
          <ul class="body groups">
            {several.map((one) => (
              <li key={one}>
                <a class="mono" href={pathOf({ id: one })}>
                  {one}
                </a>
              </li>
            ))}
          </ul>
        </Card>
      ) : (
        <div class="stack">
          {revealed !== undefined && <Note>{text.communication.revealed}</Note>}
          <Shown of={loaded} lines={8}>
            {() =>
              shown && (
                <div class="story-grid">
                  <Story of={shown} />
                  <Side
                    of={shown}
                    isRevealed={revealed !== undefined}
                    onReveal={isPrivacy ? () => (revealed === undefined ? ask("reveal") : reveals.hide()) : undefined}
                  />
                </div>
              )
            }
          </Shown>
        </div>
      )}
      {asked === "retry" && data && (
        <ActionDialog
          actions={["retry"]}
          plan={() => planRetry(id)}
          run={(_, reason) => runRetry(id, reason)}
          onClose={() => ask(undefined)}
          onDone={loaded.reload}
        />
      )}
      {(asked === "decide" || asked === "end") && data && (
        <ActionDialog
          actions={asked === "end" ? ["end"] : ["sent", "not_sent", "resend"]}
          plan={(action) => planOperation(action, { ids: [nameOf(data)] })}
          run={(action, reason) => runOperation(action, { ids: [nameOf(data)] }, reason)}
          onClose={() => ask(undefined)}
          onDone={loaded.reload}
        />
      )}
      {asked === "reveal" && (
        <RevealDialog<Details>
          path={apiPathOf({ id })}
          onClose={() => ask(undefined)}
          onRevealed={(whole) => reveals.reveal(id, whole)}
        />
      )}
    </>
  )
}
