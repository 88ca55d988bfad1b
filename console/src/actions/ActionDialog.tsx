import { useEffect, useState } from "preact/hooks"

import { get, isJson } from "../api/client.ts"
import { errorText } from "../api/errorText.ts"
import type { Json as JsonObject, Operation } from "../api/types.ts"
import { useLoad } from "../load.ts"
import { useSession } from "../session.ts"
import { formatNumber } from "../text/formatNumber.ts"
import { text } from "../text/text.ts"
import { refusalText } from "../told.ts"
import { Dialog } from "../ui/Dialog.tsx"
import { OutOfReach } from "../ui/OutOfReach.tsx"
import { Bar, Json, Note } from "../ui/parts.tsx"
import { Loading } from "../ui/states.tsx"

/** What an action would do, as its dry run reports it, in Portuguese. */
export interface Plan {
  readonly total: number
  readonly items: ReadonlyArray<{
    readonly id: string
    readonly does?: string | undefined
    readonly reason?: string | undefined
    readonly request?: JsonObject | undefined
  }>
  readonly outOfReach?: ReadonlyArray<string> | undefined
}

interface Props {
  /** One action, or several from which the operator chooses. */
  readonly actions: ReadonlyArray<string>
  readonly title?: string
  /** A further choice of the operator, beside the action. */
  readonly option?: string | undefined
  readonly plan: (action: string, option: boolean) => Promise<Plan>
  /** Returns the id of the accepted operation, or what was done if there is no operation. */
  readonly run: (action: string, reason: string, option: boolean) => Promise<string | Plan | undefined>
  readonly onClose: () => void
  /** Called when something may have changed. */
  readonly onDone?: () => void
}

type PlanItem = Plan["items"][number]

/** So many are shown one by one. Of more, it is told how many have each effect. */
const shownItems = 4

/** The items by what would become of them: those that are refused first, then the most frequent. */
const groupsOf = (items: ReadonlyArray<Pick<PlanItem, "does" | "id" | "reason">>) =>
  [...Map.groupBy(items, ({ does = "", reason = "" }) => `${reason}\n${does}`).values()]
    .flatMap((group) => {
      const [first] = group
      return first === undefined ? [] : [{ ...first, count: group.length }]
    })
    .toSorted(
      (one, other) => Number(other.reason !== undefined) - Number(one.reason !== undefined) || other.count - one.count
    )

const Groups = ({ of }: { readonly of: ReadonlyArray<Pick<PlanItem, "does" | "id" | "reason">> }) => (
  <ul class="plan" tabIndex={0} aria-label={text.action.body}>
    {groupsOf(of).map(({ count, does, id, reason }) => (
      <li key={`${reason} ${does}`}>
        <div>
          <strong class="num">{text.action.times(count)}</strong> {does}
          {reason !== undefined && <span class="amber">{reason}</span>}
        </div>
        <div class="soft small wrap-any">{text.action.such(id)}</div>
      </li>
    ))}
  </ul>
)

const Planned = ({
  action,
  isDone = false,
  plan
}: {
  readonly action: string
  readonly plan: Plan
  readonly isDone?: boolean
}) => (
  <>
    {!isDone && (
      <p>
        <span class="big-number">{formatNumber(plan.total)}</span>{" "}
        <span class="soft">
          {plan.total === 0 ? text.action.nothing : text.action.counted[action]?.[plan.total === 1 ? 0 : 1]}
        </span>
      </p>
    )}
    {isGrouped(plan) && (
      <>
        <Groups of={plan.items} />
        {!isDone && <p class="soft small">{text.action.looked(plan.items.length, plan.total)}</p>}
      </>
    )}
    {plan.items.length > 0 && !isGrouped(plan) && (
      <ul class="plan" tabIndex={0} aria-label={text.action.body}>
        {plan.items.map(({ does, id, reason, request }, index) => (
          <li key={`${id} ${index}`}>
            <div class="mono wrap-any">{id}</div>
            {does !== undefined && <div>{does}</div>}
            {reason !== undefined && <div class="amber">{reason}</div>}
            {isJson(request) && (
              <details>
                <summary class="soft small">{text.action.body}</summary>
                <Json value={request} label={text.action.body} />
              </details>
            )}
          </li>
        ))}
      </ul>
    )}
    <OutOfReach of={plan.outOfReach ?? []} />
  </>
)

/** The bodies that a retry of one communication would send are shown, however many steps it has. */
const isGrouped = ({ items }: Plan): boolean =>
  items.length > shownItems && items.every(({ request }) => request === undefined)

const titleOfState: Readonly<Record<Operation["state"], string>> = {
  running: text.action.running,
  done: text.action.finished,
  stopped: text.action.stopped
}

/** Follows an accepted operation until it ends. */
const Progress = ({
  action,
  id,
  onEnd
}: {
  readonly action: string
  readonly id: string
  readonly onEnd: () => void
}) => {
  const [hasEnded, setEnded] = useState(false)
  const { data } = useLoad(
    `operation ${id}`,
    (signal) => get<Operation>(`/api/operations/${encodeURIComponent(id)}`, signal),
    hasEnded ? undefined : 1000
  )
  useEffect(() => {
    if (data === undefined || data.state === "running" || hasEnded) return
    setEnded(true)
    onEnd()
  }, [data?.state])
  if (data === undefined) return <Loading lines={2} />
  return (
    <div role="status" class="stack tight">
      <p class="row between">
        <strong>{titleOfState[data.state]}</strong>
        <span class="num soft">{text.operations.progress(data.done, data.total)}</span>
      </p>
      <Bar value={data.done} of={data.total} tone={data.failures.length > 0 ? "red" : "green"} />
      {data.failures.length > 0 && (
        <Groups
          of={data.failures.map(({ id: failed, reason, tag }) => ({ id: failed, reason: refusalText(tag, reason) }))}
        />
      )}
      {data.state === "done" && text.action.after[action] !== undefined && (
        <p class="soft">{text.action.after[action]}</p>
      )}
      <p class="small">
        <a href={`/operacoes?id=${encodeURIComponent(id)}`}>{text.action.see}</a>
      </p>
    </div>
  )
}

/**
 * Shows what an action would do before it is done, and does it with a reason. Confirming repeats the dry run. If its
 * count has changed, the dialog shows it and asks once more.
 */
export const ActionDialog = ({
  actions,
  onClose,
  onDone = () => undefined,
  option,
  plan: planOf,
  run,
  title
}: Props) => {
  const { overview } = useSession()
  const [action = "", setAction] = useState(actions.length === 1 ? actions[0] : undefined)
  const [plan, setPlan] = useState<Plan>()
  const [refusal, setRefusal] = useState<string>()
  const [changed, setChanged] = useState<string>()
  const [reason, setReason] = useState("")
  const [isBusy, setBusy] = useState(false)
  const [result, setResult] = useState<string | Plan>()
  const [isOn, setOn] = useState(false)
  const [isDone, setDone] = useState(false)

  useEffect(() => {
    if (action === "") return undefined
    let isGone = false
    setPlan(undefined)
    setRefusal(undefined)
    setChanged(undefined)
    planOf(action, isOn).then(
      (found) => isGone || setPlan(found),
      (cause: unknown) => isGone || setRefusal(errorText(cause))
    )
    return () => {
      isGone = true
    }
  }, [action, isOn])

  const ended = () => {
    onDone()
    // The numbers beside the pages are those of the overview.
    overview.reload()
  }

  const confirm = async () => {
    if (plan === undefined || reason.trim() === "") return
    setBusy(true)
    setRefusal(undefined)
    try {
      const again = await planOf(action, isOn)
      if (again.total !== plan.total) {
        setChanged(text.action.changed(plan.total, again.total))
        setPlan(again)
        return
      }
      setResult(await run(action, reason.trim(), isOn))
      setDone(true)
      ended()
    } catch (cause) {
      setRefusal(errorText(cause))
    } finally {
      setBusy(false)
    }
  }

  const heading =
    title ?? (actions.length === 1 ? (text.action as Readonly<Record<string, unknown>>)[action] : undefined)
  return (
    <Dialog
      title={typeof heading === "string" ? heading : text.action.choose}
      onClose={onClose}
      footer={
        isDone ? (
          <button type="button" class="button primary" onClick={onClose}>
            {text.action.close}
          </button>
        ) : (
          <>
            <button type="button" class="button" onClick={onClose}>
              {text.action.cancel}
            </button>
            <button
              type="submit"
              form="action"
              class={action === "erase" || action === "end" ? "button danger" : "button primary"}
              disabled={isBusy || plan === undefined || plan.total === 0}
            >
              {text.action.confirm(plan?.total ?? 1)}
            </button>
          </>
        )
      }
    >
      {isDone ? (
        typeof result === "string" ? (
          <Progress action={action} id={result} onEnd={ended} />
        ) : (
          <div role="status" class="stack">
            <p>{text.action.done}</p>
            {result !== undefined && <Planned action={action} plan={result} isDone />}
          </div>
        )
      ) : (
        <form
          id="action"
          class="stack"
          onSubmit={(event) => {
            event.preventDefault()
            void confirm()
          }}
        >
          {actions.length > 1 && (
            <fieldset class="choices">
              <legend class="visually-hidden">{text.action.choose}</legend>
              {actions.map((one, index) => (
                <label key={one} class="choice">
                  <input
                    type="radio"
                    name="action"
                    value={one}
                    checked={one === action}
                    {...(index === 0 && { "data-focus": true })}
                    onChange={() => setAction(one)}
                  />
                  <span>
                    <strong>{(text.action as Readonly<Record<string, unknown>>)[one] as string}</strong>
                    <span class="soft small">{text.action.explain[one]}</span>
                  </span>
                </label>
              ))}
            </fieldset>
          )}
          {actions.length === 1 && text.action.explain[action] !== undefined && (
            <p class="soft">{text.action.explain[action]}</p>
          )}
          {changed !== undefined && <Note role="alert">{changed}</Note>}
          {refusal !== undefined && (
            <Note role="alert" tone="red">
              <strong>{text.action.refusedHere}</strong>
              <br />
              {refusal}
            </Note>
          )}
          {plan !== undefined && <Planned action={action} plan={plan} />}
          {option !== undefined && (
            <label class="row">
              <input type="checkbox" class="check" checked={isOn} onChange={() => setOn(!isOn)} />
              {option}
            </label>
          )}
          {plan === undefined && refusal === undefined && action !== "" && (
            <p class="soft" role="status">
              {text.action.checking}
            </p>
          )}
          <label class="field">
            {text.action.reason}
            <textarea
              required
              maxLength={500}
              value={reason}
              {...(actions.length === 1 && { "data-focus": true })}
              onInput={(event) => setReason(event.currentTarget.value)}
            />
            <span class="hint">{text.action.reasonHint}</span>
          </label>
        </form>
      )}
    </Dialog>
  )
}
