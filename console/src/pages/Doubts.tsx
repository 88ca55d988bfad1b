import { useEffect, useMemo, useState } from "preact/hooks"

import { ActionDialog } from "../actions/ActionDialog.tsx"
import { planOperation, runOperation } from "../actions/operation.ts"
import { PasteDialog } from "../actions/PasteDialog.tsx"
import { RevealDialog } from "../actions/RevealDialog.tsx"
import { get } from "../api/client.ts"
import type { Communication, Item } from "../api/types.ts"
import { moveRow, useKeys } from "../keyboard.ts"
import { apiPathOf, nameOf, pathOf } from "../list/fields.ts"
import { rowsNamed } from "../list/pasted.ts"
import { useCommunications } from "../list/useCommunications.ts"
import { useLoad } from "../load.ts"
import { useReveals } from "../reveals.ts"
import { useRole } from "../session.ts"
import { text } from "../text/text.ts"
import { formatAgo, formatUtc, useNow } from "../time.ts"
import { copyText } from "../toast.ts"
import { Head } from "../ui/Head.tsx"
import { Note, Time } from "../ui/parts.tsx"
import { NoRows, State } from "../ui/states.tsx"

const fields = { status: ["in_doubt"] as const }
const nobody: ReadonlySet<string> = new Set()

interface Asked {
  readonly ids: ReadonlyArray<string>
  readonly actions: ReadonlyArray<string>
}

/** For this many, the time of the dispatch itself is looked up. For the others, that of the last change is shown. */
const mostLooked = 50

/** When the message in doubt was sent. */
const sentAtOf = (details: Communication | undefined): number | undefined =>
  details?.timeline.findLast(({ fact }) => fact === "DispatchIntended")?.at

const Doubt = ({
  index,
  isChosen,
  item,
  now,
  onAsk,
  onChoose,
  onReveal,
  revealed
}: {
  readonly item: Item
  readonly index: number
  readonly now: number
  readonly revealed: Communication | undefined
  readonly isChosen: boolean
  readonly onChoose: () => void
  readonly onAsk: ((actions: ReadonlyArray<string>) => void) | undefined
  readonly onReveal: (() => void) | undefined
}) => {
  const { customer, order, updatedAt, whatsapp } = item
  const details = useLoad(index < mostLooked ? item.id : undefined, (signal) =>
    get<Communication>(apiPathOf(item), signal)
  )
  const sentAt = sentAtOf(details.data) ?? updatedAt
  const id = revealed?.id ?? item.id
  const phone = revealed?.customer?.phone ?? customer?.phone ?? text.common.unknown
  return (
    <li class="doubt" data-item>
      <input
        type="checkbox"
        class="check"
        checked={isChosen}
        aria-label={text.list.choose(order ?? id)}
        onChange={onChoose}
      />
      <div class="row">
        <a data-row data-id={nameOf(item)} class="strong" href={pathOf(item)}>
          {order === undefined ? text.list.noOrder : text.communication.order(order)}
        </a>
        <span class="violet small">{formatAgo(now - sentAt)}</span>
        <span class="soft small">{text.journeyName(item.journey)}</span>
        {item.case && <span class="soft small mono">{item.case.number}</span>}
      </div>
      <dl class="ask">
        <div>
          <dt>{text.doubts.sentAt}</dt>
          <dd>
            <Time at={sentAt} />
          </dd>
        </div>
        <div>
          <dt>{text.doubts.phone}</dt>
          <dd class="num">
            {phone}{" "}
            {onReveal && revealed === undefined && (
              <button type="button" class="link-button small" onClick={onReveal}>
                {text.doubts.reveal}
              </button>
            )}
          </dd>
        </div>
        <div>
          <dt>{text.doubts.attempts}</dt>
          <dd class="num">{whatsapp?.attempts ?? 0}</dd>
        </div>
        <div>
          <dt>{text.doubts.context}</dt>
          <dd class="mono wrap-any">{id}</dd>
        </div>
      </dl>
      <div class="tools">
        <button
          type="button"
          class="button small quiet"
          onClick={() => void copyText(text.doubts.question(id, formatUtc(sentAt), phone), text.common.copied)}
        >
          {text.doubts.ask}
        </button>
        {onAsk && (
          <>
            <button type="button" class="button small" onClick={() => onAsk(["sent"])}>
              {text.doubts.wasSent}
            </button>
            <button type="button" class="button small" onClick={() => onAsk(["not_sent"])}>
              {text.doubts.wasNotSent}
            </button>
            <button type="button" class="button small" onClick={() => onAsk(["resend"])}>
              {text.doubts.resend}
            </button>
          </>
        )}
      </div>
    </li>
  )
}

export const Doubts = () => {
  const list = useCommunications(fields)
  const now = useNow(5000)
  const isOperator = useRole("operator")
  const isPrivacy = useRole("privacy")
  const [chosen, setChosen] = useState(nobody)
  const [asked, ask] = useState<Asked>()
  const [isPasting, setPasting] = useState(false)
  const [unknown, setUnknown] = useState<ReadonlyArray<string>>([])
  const [revealing, setRevealing] = useState<Item>()
  const { reveal, revealed } = useReveals<Communication>()
  const { items, loadMore, next } = list
  useKeys({ j: () => moveRow(1), k: () => moveRow(-1), Escape: () => setChosen(nobody) })

  // All of them are needed before the oldest can stand first.
  useEffect(() => {
    if (next !== null) loadMore()
  }, [next, items.length])
  const byAge = useMemo(() => [...items].sort((one, other) => one.updatedAt - other.updatedAt), [items])
  const shown = byAge.filter(({ marks }) => marks.includes("in_doubt"))

  return (
    <>
      <Head
        title={text.nav.doubts}
        beside={shown.length > 0 && <span class="soft small">{text.list.loaded(shown.length, next !== null)}</span>}
      />
      <div class="stack">
        <p class="soft">{text.doubts.intro}</p>
        {unknown.length > 0 && <Note>{text.paste.unknown(unknown)}</Note>}
        {chosen.size > 0 && (
          <div class="selection">
            <strong>{text.list.chosen(chosen.size)}</strong>
            <button type="button" class="link-button" onClick={() => setChosen(nobody)}>
              {text.list.unchoose}
            </button>
            <div class="tools">
              <button
                type="button"
                class="button small"
                onClick={() =>
                  void copyText(
                    shown
                      .filter((item) => chosen.has(nameOf(item)))
                      .map(({ customer, id, updatedAt }) =>
                        [id, formatUtc(updatedAt), customer?.phone ?? ""].join("\t")
                      )
                      .join("\n"),
                    text.common.copied
                  )
                }
              >
                {text.doubts.askMany}
              </button>
              <button
                type="button"
                class="button small primary"
                onClick={() => ask({ ids: [...chosen], actions: ["sent", "not_sent", "resend"] })}
              >
                {text.list.decide}
              </button>
            </div>
          </div>
        )}
        <section class="card list" aria-label={text.nav.doubts}>
          {shown.length > 0 ? (
            <>
              {isOperator && (
                <div class="list-foot row between">
                  <label class="row">
                    <input
                      type="checkbox"
                      class="check"
                      checked={chosen.size === shown.length}
                      onChange={() => setChosen(chosen.size === shown.length ? nobody : new Set(shown.map(nameOf)))}
                    />
                    {text.doubts.chooseAll}
                  </label>
                  <button type="button" class="link-button" disabled={next !== null} onClick={() => setPasting(true)}>
                    {text.paste.open}
                  </button>
                </div>
              )}
              <ul>
                {shown.map((item, index) => (
                  <Doubt
                    key={item.id}
                    item={item}
                    now={now}
                    index={index}
                    revealed={revealed[item.id]}
                    isChosen={chosen.has(nameOf(item))}
                    onChoose={() => {
                      const nextChosen = new Set(chosen)
                      const name = nameOf(item)
                      if (!nextChosen.delete(name)) nextChosen.add(name)
                      setChosen(nextChosen)
                    }}
                    onAsk={isOperator ? (actions) => ask({ ids: [nameOf(item)], actions }) : undefined}
                    onReveal={isPrivacy ? () => setRevealing(item) : undefined}
                  />
                ))}
              </ul>
            </>
          ) : (
            <NoRows of={list}>
              <State title={text.doubts.empty}>{text.doubts.emptyHint}</State>
            </NoRows>
          )}
        </section>
      </div>
      {isPasting && (
        <PasteDialog
          onClose={() => setPasting(false)}
          onNames={(names) => {
            const named = rowsNamed(names, shown)
            setChosen(named.chosen)
            setUnknown(named.unknown)
          }}
        />
      )}
      {asked !== undefined && (
        <ActionDialog
          actions={asked.actions}
          plan={(action) => planOperation(action, { ids: asked.ids })}
          run={(action, reason) => runOperation(action, { ids: asked.ids }, reason)}
          onClose={() => ask(undefined)}
          onDone={() => {
            setChosen(nobody)
            setUnknown([])
            list.reload()
          }}
        />
      )}
      {revealing !== undefined && (
        <RevealDialog<Communication>
          path={apiPathOf(revealing)}
          onClose={() => setRevealing(undefined)}
          onRevealed={(whole) => reveal(revealing.id, whole)}
        />
      )}
    </>
  )
}
