import { useEffect, useMemo, useRef, useState } from "preact/hooks"

import { ActionDialog } from "../actions/ActionDialog.tsx"
import { planOperation, runOperation, type Target } from "../actions/operation.ts"
import { moveRow, useKeys } from "../keyboard.ts"
import { fieldsOf, isOpenName, nameOf } from "../list/fields.ts"
import { Filters } from "../list/Filters.tsx"
import { Rows } from "../list/Rows.tsx"
import { useCommunications } from "../list/useCommunications.ts"
import { navigate, useRoute, withNames } from "../router.ts"
import { setPrivateSearch, usePrivateSearch } from "../search.ts"
import { useRole } from "../session.ts"
import { text } from "../text/text.ts"
import { useNow } from "../time.ts"
import { copyText } from "../toast.ts"
import { Head } from "../ui/Head.tsx"
import { NoRows, Stale, State } from "../ui/states.tsx"

/** Some rows, or everything that the filter finds. */
type Selection = ReadonlySet<string> | "matching"

const nobody: ReadonlySet<string> = new Set()

export const Communications = () => {
  const { query } = useRoute()
  const typed = usePrivateSearch()
  const fields = useMemo(() => fieldsOf(query, typed), [String(query), typed])
  const list = useCommunications(fields)
  const now = useNow(5000)
  const isOperator = useRole("operator")
  const [selection, setSelection] = useState<Selection>(nobody)
  const [asked, ask] = useState<ReadonlyArray<string>>()
  const { items } = list
  const hasFilter = Object.keys(fields).length > 0
  const ids = selection === "matching" ? nobody : selection

  const key = JSON.stringify(fields)
  useEffect(() => setSelection(nobody), [key])

  // A name that the answer shows openly may appear in the address, so that it can be shared.
  useEffect(() => {
    if (typed === "" || list.isLoading || !items.some((item) => isOpenName(item, typed))) return
    navigate(withNames(query, { q: [typed] }), { replace: true })
    setPrivateSearch("")
  }, [typed, list.isLoading])

  // Focuses the first row of a new search, so that Enter opens it.
  const searched = useRef<string>(undefined)
  useEffect(() => {
    if (fields.q === undefined || list.isLoading || searched.current === fields.q) return
    searched.current = fields.q
    document.querySelector<HTMLElement>("[data-row]")?.focus({ preventScroll: true })
  }, [fields.q, list.isLoading])

  const choose = (id: string) => {
    const next = new Set(ids)
    if (!next.delete(id)) next.add(id)
    setSelection(next)
  }
  useKeys({
    j: () => moveRow(1),
    k: () => moveRow(-1),
    x: () => {
      const id = document.activeElement?.closest("[data-item]")?.querySelector("[data-id]")?.getAttribute("data-id")
      if (id) choose(id)
    },
    Escape: () => {
      if (selection === "matching" || selection.size > 0) setSelection(nobody)
      else if (hasFilter) {
        setPrivateSearch("")
        navigate("/comunicacoes")
      }
    }
  })

  const target: Target = selection === "matching" ? { filter: fields } : { ids: [...selection] }
  const areAllChosen = selection === "matching" || (items.length > 0 && ids.size === items.length)
  return (
    <>
      <Head
        title={text.nav.communications}
        beside={
          list.at !== undefined && <span class="soft small">{text.list.loaded(items.length, list.next !== null)}</span>
        }
      />
      <div class="stack">
        <div class="row between">
          <Filters query={query} fields={fields} typed={typed} />
          {list.fresh > 0 && (
            <button
              type="button"
              class="button small"
              onClick={() => {
                list.reload()
                scrollTo(0, 0)
              }}
            >
              {text.list.fresh(list.fresh)}
            </button>
          )}
        </div>
        {typed !== "" && <p class="soft small">{text.search.private}</p>}
        {(selection === "matching" || selection.size > 0) && (
          <div class="selection">
            <strong>{selection === "matching" ? text.list.chosenAll : text.list.chosen(selection.size)}</strong>
            {selection !== "matching" && hasFilter && (!areAllChosen || list.next !== null) && (
              <button type="button" class="link-button" onClick={() => setSelection("matching")}>
                {text.list.chooseMatching}
              </button>
            )}
            <button type="button" class="link-button" onClick={() => setSelection(nobody)}>
              {text.list.unchoose}
            </button>
            <div class="tools">
              {selection !== "matching" && (
                <button
                  type="button"
                  class="button small"
                  onClick={() => void copyText([...ids].join("\n"), text.list.copied)}
                >
                  {text.list.copyIds}
                </button>
              )}
              {isOperator && (
                <>
                  <button type="button" class="button small" onClick={() => ask(["end"])}>
                    {text.list.end}
                  </button>
                  <button type="button" class="button small" onClick={() => ask(["sent", "not_sent", "resend"])}>
                    {text.list.decide}
                  </button>
                  <button type="button" class="button small primary" onClick={() => ask(["retry"])}>
                    {text.list.retry}
                  </button>
                </>
              )}
            </div>
          </div>
        )}
        {list.error !== undefined && items.length > 0 && <Stale at={list.at ?? Date.now()} />}
        <section class="card list" aria-label={text.nav.communications}>
          {items.length > 0 ? (
            <>
              <Rows
                items={items}
                now={now}
                isChosen={(id) => selection === "matching" || ids.has(id)}
                onChoose={choose}
                areAllChosen={areAllChosen}
                onChooseAll={() => setSelection(areAllChosen ? nobody : new Set(items.map(nameOf)))}
                onEnd={list.loadMore}
                total={list.next === null ? items.length + 1 : undefined}
              />
              <div class="list-foot">{list.next === null ? text.list.end_ : text.list.loadingMore}</div>
            </>
          ) : (
            <NoRows of={list} lines={8}>
              <State title={hasFilter ? text.list.empty : text.list.none}>
                {hasFilter ? text.list.emptyHint : text.list.noneHint}
              </State>
            </NoRows>
          )}
        </section>
        {items.length > 0 && (
          <div class="keys">
            <span>
              <kbd>j</kbd> <kbd>k</kbd> {text.keys.move}
            </span>
            <span>
              <kbd>x</kbd> {text.keys.choose}
            </span>
            <span>
              <kbd>Enter</kbd> {text.keys.open}
            </span>
            <span>
              <kbd>?</kbd> {text.keys.help}
            </span>
          </div>
        )}
      </div>
      {asked !== undefined && (
        <ActionDialog
          actions={asked}
          plan={(action) => planOperation(action, target)}
          run={(action, reason) => runOperation(action, target, reason)}
          onClose={() => ask(undefined)}
          onDone={() => {
            setSelection(nobody)
            list.reload()
          }}
        />
      )}
    </>
  )
}
