import { useMemo, useState } from "preact/hooks"

import { ActionDialog, type Plan } from "../actions/ActionDialog.tsx"
import { planOperation, runOperation } from "../actions/operation.ts"
import { RevealDialog } from "../actions/RevealDialog.tsx"
import { get, isJson, post, withQuery } from "../api/client.ts"
import type { DeadLetter, JourneyShown, Page, RedriveResult } from "../api/types.ts"
import { useJourneys } from "../journeys.ts"
import { moveRow, useKeys } from "../keyboard.ts"
import { markProblem } from "../letters/marked.ts"
import { pathOf } from "../list/fields.ts"
import { usePages } from "../pagesOf.ts"
import { useReveals } from "../reveals.ts"
import { navigate, useRoute, withNames } from "../router.ts"
import { useRole } from "../session.ts"
import { setSample } from "../simulate/sample.ts"
import { text } from "../text/text.ts"
import { formatAgo, useNow } from "../time.ts"
import { refusalText } from "../told.ts"
import { CodigoHelp } from "../ui/CodigoHelp.tsx"
import { Head } from "../ui/Head.tsx"
import { Badge, Pairs, Time } from "../ui/parts.tsx"
import { NoRows, State } from "../ui/states.tsx"

const outcomeText = ({ outcome, tag, why }: RedriveResult): string =>
  [text.outcomes[outcome] ?? outcome, why === undefined ? undefined : refusalText(tag, why)]
    .filter((part) => part !== undefined)
    .join(": ")

/** What a redrive of these does, or would do, as the service reports it. Counts only letters that are sent. */
const redriven = async (body: {
  readonly ids: ReadonlyArray<string>
  readonly again: boolean
  readonly reason?: string
  readonly dryRun: boolean
}): Promise<Plan> => {
  const { items } = await post<{ readonly items: ReadonlyArray<RedriveResult> }>("/api/dead-letters/redrive", body)
  return {
    total: items.filter(({ outcome }) => outcome === "WouldRedrive" || outcome === "Redriven").length,
    items: items.map((item) => ({ id: decodeURIComponent(item.id), does: outcomeText(item) }))
  }
}

/** The journey that a record names. `undefined` if its value is cut or not JSON. */
const journeyIn = ({ value = "" }: DeadLetter): string | undefined => {
  try {
    const record: unknown = JSON.parse(value)
    const name = isJson(record) ? record["cod_jornada"] : undefined
    return typeof name === "string" ? name : undefined
  } catch {
    return undefined
  }
}

/** A file may have a journey for all that it does not name. */
const isKnownJourney = (name: string | undefined, journeys: ReadonlyArray<JourneyShown>): boolean | undefined =>
  name === undefined ? undefined : journeys.some((journey) => journey.default || journey.name === name)

const Letter = ({
  isJourneyKnown,
  letter,
  now,
  onRedrive,
  onReveal
}: {
  readonly letter: DeadLetter
  /** Whether its journey is in the journeys file now. Absent if nobody can tell. */
  readonly isJourneyKnown: boolean | undefined
  readonly now: number
  readonly onRedrive: (() => void) | undefined
  readonly onReveal: (() => void) | undefined
}) => {
  const { at, code, correlationId, detail, headers, id, key, original, originalAt, redrivenAt, truncated, value } =
    letter
  const place = decodeURIComponent(id)
  // Not computed again whenever the age is drawn.
  const pieces = useMemo(() => (value === undefined ? undefined : markProblem(value, detail)), [value, detail])
  return (
    <li class="letter" data-item>
      <div class="row between">
        <span class="row">
          <strong class="mono red">{code ?? text.letters.noReason}</strong>
          {code !== undefined && <CodigoHelp codigo={code} />}
          {redrivenAt === undefined && code === "JORNADA_DESCONHECIDA" && isJourneyKnown !== undefined && (
            <Badge tone={isJourneyKnown ? "green" : "amber"}>
              {isJourneyKnown ? text.letters.journeyKnown : text.letters.journeyUnknown}
            </Badge>
          )}
          {redrivenAt !== undefined && (
            <Badge tone="green">
              {text.letters.redriven}&nbsp;
              <Time at={redrivenAt} seconds={false} />
            </Badge>
          )}
        </span>
        <span class="soft small">
          <Time at={at} /> · {formatAgo(now - at)}
        </span>
      </div>
      {detail !== undefined && <div class="wrap-any">{detail}</div>}
      <details>
        <summary data-row class="soft small">
          {place}
        </summary>
        <div class="stack tight">
          <Pairs
            of={[
              ...(key === undefined ? [] : [[text.letters.key, <span class="mono">{key}</span>] as const]),
              ...(original
                ? [
                    [
                      text.letters.original,
                      <>
                        {text.communication.place(original.topic, original.partition, original.offset)}
                        {originalAt !== undefined && (
                          <>
                            {" "}
                            · <Time at={originalAt} />
                          </>
                        )}
                      </>
                    ] as const
                  ]
                : []),
              ...(correlationId === undefined
                ? []
                : [
                    [
                      text.communication.id,
                      <a class="mono" href={pathOf({ id: correlationId })}>
                        {correlationId}
                      </a>
                    ] as const
                  ])
            ]}
          />
          {truncated && <p class="amber">{text.letters.truncated}</p>}
          {value !== undefined && (
            <>
              {pieces === undefined && <p class="amber">{text.letters.notJson}</p>}
              <pre class="json" tabIndex={0} role="group" aria-label={text.letters.value}>
                {pieces?.map((piece, index) => (piece.isWrong ? <mark key={index}>{piece.text}</mark> : piece.text)) ??
                  value}
              </pre>
            </>
          )}
          <details>
            <summary class="soft small">{text.letters.headers}</summary>
            <Pairs
              of={Object.entries(headers).map(([name, header]) => [name, <span class="mono">{header}</span>] as const)}
            />
          </details>
        </div>
      </details>
      <div class="row">
        {onRedrive && !truncated && (
          <button type="button" class="button small" onClick={onRedrive}>
            {text.letters.redriveOne}
          </button>
        )}
        {value !== undefined && (
          <button
            type="button"
            class="button small quiet"
            onClick={() => {
              setSample(value)
              navigate("/simular")
            }}
          >
            {text.letters.simulate}
          </button>
        )}
        {onReveal && (
          <button type="button" class="button small quiet" onClick={onReveal}>
            {text.letters.reveal}
          </button>
        )}
      </div>
    </li>
  )
}

/** Whether it was not sent again. */
const isWaiting = ({ redrivenAt }: DeadLetter): boolean => redrivenAt === undefined

/** How many letters of each reason were not sent again, the most frequent first. */
const reasonsOf = (letters: ReadonlyArray<DeadLetter>): ReadonlyArray<readonly [string, number]> => {
  const counts = new Map<string, number>()
  for (const letter of letters) {
    const { code = "" } = letter
    counts.set(code, (counts.get(code) ?? 0) + (isWaiting(letter) ? 1 : 0))
  }
  return [...counts].sort(([, one], [, other]) => other - one)
}

export const DeadLetters = () => {
  const { query } = useRoute()
  const [topic, codigo, since] = ["topic", "codigo", "since"].map((name) => query.get(name) ?? "")
  const now = useNow(5000)
  const isOperator = useRole("operator")
  const isPrivacy = useRole("privacy")
  const journeys = useJourneys()
  const [asked, ask] = useState<ReadonlyArray<string> | "matching">()
  const [revealing, setRevealing] = useState<DeadLetter>()
  const { reveal, revealed } = useReveals<DeadLetter>()
  // Loads letters of all reasons, so that each can be chosen. The chosen reason is filtered here.
  const letters = usePages<DeadLetter>(`letters ${topic} ${since}`, (cursor, signal) =>
    get<Page<DeadLetter>>(
      withQuery("/api/dead-letters", { topic, since, limit: 200, cursor: cursor ?? undefined }),
      signal
    )
  )
  useKeys({ j: () => moveRow(1), k: () => moveRow(-1) })
  const shown = codigo === "" ? letters.items : letters.items.filter(({ code = "" }) => code === codigo)
  const waiting = shown.filter((letter) => isWaiting(letter) && !letter.truncated)
  const set = (name: string, value: string) => navigate(withNames(query, { [name]: value === "" ? [] : [value] }))
  const linkTo = (reason: string) => withNames(query, { codigo: reason === "" ? [] : [reason] })
  const filter = {
    ...(topic !== "" && { topic }),
    ...(codigo !== "" && { codigo }),
    ...(since !== "" && { since })
  }
  const hasFilter = Object.keys(filter).length > 0
  const waitingIds = waiting.map(({ id }) => id)
  return (
    <>
      <Head
        title={text.nav.deadLetters}
        beside={
          letters.items.length > 0 && (
            <span class="soft small">
              {text.letters.waiting(
                letters.items.filter(isWaiting).length,
                letters.items.length,
                letters.next !== null
              )}
            </span>
          )
        }
      />
      {letters.items.length === 0 ? (
        <div class="card">
          <NoRows of={letters}>
            <State title={text.letters.empty}>{text.letters.emptyHint}</State>
          </NoRows>
        </div>
      ) : (
        <div class="split">
          <div class="stack">
            <section class="card">
              <header>
                <h2>{text.letters.byReason}</h2>
              </header>
              <nav class="body groups" aria-label={text.letters.byReason}>
                <a href={linkTo("")} aria-current={codigo === "" ? "true" : undefined}>
                  {text.letters.all}
                  <span class="num soft">{letters.items.filter(isWaiting).length}</span>
                </a>
                {reasonsOf(letters.items).map(([reason, count]) => (
                  <a key={reason} href={linkTo(reason)} aria-current={codigo === reason ? "true" : undefined}>
                    <span class="mono wrap-any">{reason === "" ? text.letters.noReason : reason}</span>
                    <span class="num soft">{count}</span>
                  </a>
                ))}
              </nav>
            </section>
            <select
              class="input"
              aria-label={text.letters.allTopics}
              value={topic}
              onChange={(event) => set("topic", event.currentTarget.value)}
            >
              <option value="">{text.letters.allTopics}</option>
              <option value="in">{text.letters.inTopic}</option>
              <option value="inbound">{text.letters.inboundTopic}</option>
            </select>
          </div>
          <div class="stack">
            {isOperator && waiting.length > 0 && (
              <div class="selection">
                <strong>
                  {codigo === "" ? text.letters.all : codigo} ·{" "}
                  {text.letters.loaded(waiting.length, letters.next !== null)}
                </strong>
                <div class="tools">
                  <button type="button" class="button small primary" onClick={() => ask("matching")}>
                    {text.letters.redrive}
                  </button>
                </div>
              </div>
            )}
            <ul class="card letters">
              {shown.map((letter) => (
                <Letter
                  key={letter.id}
                  letter={revealed[letter.id] ?? letter}
                  isJourneyKnown={journeys.data && isKnownJourney(journeyIn(letter), journeys.data.items)}
                  now={now}
                  onRedrive={isOperator ? () => ask([letter.id]) : undefined}
                  onReveal={isPrivacy && revealed[letter.id] === undefined ? () => setRevealing(letter) : undefined}
                />
              ))}
            </ul>
            {letters.next !== null && (
              <button type="button" class="button" disabled={letters.isLoading} onClick={letters.loadMore}>
                {text.letters.more}
              </button>
            )}
          </div>
        </div>
      )}
      {asked !== undefined && (
        <ActionDialog
          actions={["redrive"]}
          option={asked === "matching" && hasFilter ? undefined : text.letters.again}
          plan={(action, again) =>
            asked === "matching" && hasFilter
              ? planOperation(action, { filter })
              : redriven({ ids: asked === "matching" ? waitingIds : asked, again, dryRun: true })
          }
          run={(action, reason, again) =>
            asked === "matching" && hasFilter
              ? runOperation(action, { filter }, reason)
              : redriven({ ids: asked === "matching" ? waitingIds : asked, again, reason, dryRun: false })
          }
          onClose={() => ask(undefined)}
          onDone={letters.reload}
        />
      )}
      {revealing !== undefined && (
        <RevealDialog<DeadLetter>
          path={`/api/dead-letters/${encodeURIComponent(decodeURIComponent(revealing.id))}`}
          onClose={() => setRevealing(undefined)}
          onRevealed={(whole) => reveal(revealing.id, whole)}
        />
      )}
    </>
  )
}
