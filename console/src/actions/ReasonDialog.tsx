import { useState } from "preact/hooks"

import { errorText } from "../api/errorText.ts"
import { text } from "../text/text.ts"
import { Dialog } from "../ui/Dialog.tsx"

interface Props {
  readonly title: string
  readonly explain: string | undefined
  readonly confirm: string
  readonly run: (reason: string) => Promise<void>
  readonly onClose: () => void
}

/** Asks for the reason of an action that has no count, and then does it. */
export const ReasonDialog = ({ confirm, explain, onClose, run, title }: Props) => {
  const [reason, setReason] = useState("")
  const [problem, setProblem] = useState<string>()
  const [isBusy, setBusy] = useState(false)
  const submit = async () => {
    setBusy(true)
    try {
      await run(reason.trim())
      onClose()
    } catch (cause) {
      setProblem(errorText(cause))
      setBusy(false)
    }
  }
  return (
    <Dialog
      title={title}
      onClose={onClose}
      footer={
        <>
          <button type="button" class="button" onClick={onClose}>
            {text.action.cancel}
          </button>
          <button type="submit" form="reason" class="button primary" disabled={isBusy}>
            {confirm}
          </button>
        </>
      }
    >
      <form
        id="reason"
        class="stack"
        onSubmit={(event) => {
          event.preventDefault()
          if (reason.trim() !== "") void submit()
        }}
      >
        {explain !== undefined && <p class="soft">{explain}</p>}
        <label class="field">
          {text.action.reason}
          <textarea
            required
            maxLength={500}
            data-focus
            value={reason}
            onInput={(event) => setReason(event.currentTarget.value)}
          />
          <span class="hint">{text.action.reasonHint}</span>
        </label>
        {problem !== undefined && (
          <p class="red" role="alert">
            {problem}
          </p>
        )}
      </form>
    </Dialog>
  )
}
