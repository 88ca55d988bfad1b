import { useState } from "preact/hooks"

import { get, post, withQuery } from "../api/client.ts"
import { errorText } from "../api/errorText.ts"
import type { Operation, Page } from "../api/types.ts"
import { moveRow, useKeys } from "../keyboard.ts"
import { useLoad } from "../load.ts"
import { usePages } from "../pagesOf.ts"
import { useRoute } from "../router.ts"
import { useSession } from "../session.ts"
import { text } from "../text/text.ts"
import { formatSpan } from "../time.ts"
import { toast } from "../toast.ts"
import { reachText, refusalText } from "../told.ts"
import { Head } from "../ui/Head.tsx"
import { Badge, Bar, Time } from "../ui/parts.tsx"
import { NoRows, Shown, State } from "../ui/states.tsx"
import { Subject } from "../ui/Subject.tsx"
import type { Tone } from "../ui/tone.ts"

const toneOf: Readonly<Record<Operation["state"], Tone>> = { running: "blue", done: "green", stopped: "amber" }

const stateOf = ({ failures, state }: Operation): readonly [string, Tone] => [
  text.operations.state[state] ?? state,
  state === "done" && failures.length > 0 ? "amber" : toneOf[state]
]

const Entry = ({
  isOpen,
  of,
  onStopped
}: {
  readonly of: Operation
  readonly isOpen: boolean
  readonly onStopped: () => void
}) => {
  const { session } = useSession()
  const [isStopping, setStopping] = useState(false)
  const [name, tone] = stateOf(of)
  const mayStop = session.roles.includes(of.action === "erase" ? "privacy" : "operator")
  const stop = async () => {
    setStopping(true)
    try {
      await post(`/api/operations/${encodeURIComponent(of.id)}/stop`, {})
      onStopped()
    } catch (cause) {
      toast(errorText(cause))
    } finally {
      setStopping(false)
    }
  }
  return (
    <li class="operation" data-item>
      <div>
        <div class="row">
          <a data-row class="strong" href={`/operacoes?id=${encodeURIComponent(of.id)}`}>
            {text.operations.actions[of.action] ?? of.action}
          </a>
          <Badge tone={tone}>{name}</Badge>
          {of.failures.length > 0 && <Badge tone="red">{text.operations.failures(of.failures.length)}</Badge>}
        </div>
        <div class="wrap-any">“{of.reason}”</div>
        {of.target !== undefined && (
          <div class="small">
            <Subject id={of.target} action={of.action} />
          </div>
        )}
        <div class="soft small">
          {text.operations.by(of.by)} · <Time at={of.at} />
          {of.endedAt !== undefined && ` · ${text.operations.took(formatSpan(of.endedAt - of.at))}`}
        </div>
      </div>
      <div class="stack tight">
        <div class="row between small">
          <span class="num">{text.operations.progress(of.done, of.total)}</span>
          {of.state === "running" && mayStop && (
            <button type="button" class="button small danger" disabled={isStopping} onClick={() => void stop()}>
              {isStopping ? text.operations.stopping : text.operations.stop}
            </button>
          )}
        </div>
        <Bar value={of.done} of={of.total} tone={of.failures.length > 0 ? "red" : of.state === "done" ? "green" : ""} />
      </div>
      {isOpen && (of.failures.length > 0 || of.outOfReach !== undefined) && (
        <div class="whole">
          <ul class="plan" tabIndex={0} aria-label={text.operations.failures(of.failures.length)}>
            {of.failures.map(({ id, reason, tag }) => (
              <li key={id}>
                <Subject id={id} action={of.action} />
                <div class="red">{refusalText(tag, reason)}</div>
              </li>
            ))}
            {of.outOfReach?.map((where) => (
              <li key={where}>
                {text.operations.outOfReach}: {reachText(where)}
              </li>
            ))}
          </ul>
        </div>
      )}
    </li>
  )
}

const One = ({ id }: { readonly id: string }) => {
  const loaded = useLoad(
    `operation ${id}`,
    (signal) => get<Operation>(`/api/operations/${encodeURIComponent(id)}`, signal),
    2000
  )
  return (
    <Shown of={loaded} lines={3}>
      {(operation) => (
        <ul class="card operations">
          <Entry of={operation} isOpen onStopped={loaded.reload} />
        </ul>
      )}
    </Shown>
  )
}

export const Operations = () => {
  const { query } = useRoute()
  const id = query.get("id") ?? ""
  const list = usePages<Operation>(
    "operations",
    (cursor, signal) =>
      get<Page<Operation>>(withQuery("/api/operations", { limit: 50, cursor: cursor ?? undefined }), signal),
    3000
  )
  useKeys({ j: () => moveRow(1), k: () => moveRow(-1) })
  const others = list.items.filter((operation) => operation.id !== id)
  return (
    <>
      <Head title={text.nav.operations} />
      <div class="stack">
        {id !== "" && <One id={id} />}
        {list.items.length > 0 ? (
          <>
            {others.length > 0 && (
              <ul class="card operations">
                {others.map((operation) => (
                  <Entry key={operation.id} of={operation} isOpen={false} onStopped={list.reload} />
                ))}
              </ul>
            )}
            {list.next !== null && (
              <button type="button" class="button" disabled={list.isLoading} onClick={list.loadMore}>
                {text.operations.more}
              </button>
            )}
          </>
        ) : (
          <div class="card">
            <NoRows of={list}>
              <State title={text.operations.empty}>{text.operations.emptyHint}</State>
            </NoRows>
          </div>
        )}
      </div>
    </>
  )
}
