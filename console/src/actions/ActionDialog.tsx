import { useEffect, useState } from "preact/hooks"

import { ApiError, get, isJson } from "../api/client.ts"
import type { Json as JsonObject, Operation } from "../api/types.ts"
import { useLoad } from "../load.ts"
import { text } from "../text/text.ts"
import { formatNumber } from "../time.ts"
import { Dialog } from "../ui/Dialog.tsx"
import { Bar, Json, Note } from "../ui/parts.tsx"
import { Loading } from "../ui/states.tsx"

/** What an action would do, as its dry run tells. */
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
  /** One action, or the several of which the operator chooses one. */
  readonly actions: ReadonlyArray<string>
  readonly title?: string
  /** What the operator may also choose, beside the action. */
  readonly option?: string | undefined
  readonly plan: (action: string, option: boolean) => Promise<Plan>
  /** Answers the id of the operation that was taken, or what was done where there is none. */
  readonly run: (action: string, reason: string, option: boolean) => Promise<string | Plan | undefined>
  readonly onClose: () => void
  /** Something may have changed. */
  readonly onDone?: () => void
}

const shownItems = 12

const Planned = ({ isDone = false, plan }: { readonly plan: Plan; readonly isDone?: boolean }) => (
  <>
    {!isDone && (
      <p>
        <span class="big-number">{formatNumber(plan.total)}</span>{" "}
        <span class="soft">{plan.total === 0 ? text.action.nothing : text.action.wouldChange(plan.total)}</span>
      </p>
    )}
    {plan.items.length > 0 && (
      <ul class="plan" tabIndex={0} aria-label={text.action.body}>
        {plan.items.slice(0, shownItems).map(({ does, id, reason, request }, index) => (
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
        {plan.items.length > shownItems && <li class="soft">{text.action.andMore(plan.items.length - shownItems)}</li>}
      </ul>
    )}
    {plan.outOfReach && plan.outOfReach.length > 0 && (
      <div class="small">
        <strong>{text.privacy.outOfReach}</strong>
        {plan.outOfReach.map((where) => (
          <div key={where} class="soft">
            {where}
          </div>
        ))}
      </div>
    )}
  </>
)

const titleOfState: Readonly<Record<Operation["state"], string>> = {
  running: text.action.running,
  done: text.action.finished,
  stopped: text.action.stopped
}

/** Follows an operation that was taken until it ends. */
const Progress = ({ id, onEnd }: { readonly id: string; readonly onEnd: () => void }) => {
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
    <div role="status">
      <p class="row between">
        <strong>{titleOfState[data.state]}</strong>
        <span class="num soft">{text.operations.progress(data.done, data.total)}</span>
      </p>
      <Bar value={data.done} of={data.total} tone={data.failures.length > 0 ? "red" : "green"} />
      {data.failures.length > 0 && (
        <ul class="plan">
          {data.failures.slice(0, shownItems).map(({ id: failed, reason }) => (
            <li key={failed}>
              <div class="mono wrap-any">{failed}</div>
              <div class="red">{reason}</div>
            </li>
          ))}
        </ul>
      )}
      <p class="small">
        <a href={`/operacoes?id=${encodeURIComponent(id)}`}>{text.action.see}</a>
      </p>
    </div>
  )
}

const errorText = (cause: unknown): string =>
  cause instanceof ApiError
    ? cause.status === 0
      ? text.state.unreachable.title
      : cause.status === 403
        ? text.state.forbidden.title
        : [cause.message, cause.detail].filter((part) => part !== undefined).join(" · ")
    : String(cause)

/**
 * Shows what an action would do before it is done, and does it with a reason. The dry run is repeated when it is
 * confirmed: where its count has changed, it is shown and asked for once more.
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
      onDone()
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
          <Progress id={result} onEnd={onDone} />
        ) : (
          <div role="status" class="stack">
            <p>{text.action.done}</p>
            {result !== undefined && <Planned plan={result} isDone />}
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
          {plan !== undefined && <Planned plan={plan} />}
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
