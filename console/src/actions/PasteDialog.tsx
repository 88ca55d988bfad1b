import { useState } from "preact/hooks"

import { pastedNames } from "../list/pasted.ts"
import { text } from "../text/text.ts"
import { Dialog } from "../ui/Dialog.tsx"

/** Takes a list of names that somebody pastes. */
export const PasteDialog = ({
  onClose,
  onNames
}: {
  readonly onNames: (names: ReadonlyArray<string>) => void
  readonly onClose: () => void
}) => {
  const [pasted, setPasted] = useState("")
  const names = pastedNames(pasted)
  return (
    <Dialog
      title={text.paste.title}
      onClose={onClose}
      footer={
        <>
          <button type="button" class="button" onClick={onClose}>
            {text.action.cancel}
          </button>
          <button type="submit" form="paste" class="button primary" disabled={names.length === 0}>
            {text.paste.choose(names.length)}
          </button>
        </>
      }
    >
      <form
        id="paste"
        class="stack"
        onSubmit={(event) => {
          event.preventDefault()
          onNames(names)
          onClose()
        }}
      >
        <label class="field">
          {text.paste.label}
          <textarea
            required
            rows={10}
            class="mono"
            data-focus
            spellcheck={false}
            value={pasted}
            onInput={(event) => setPasted(event.currentTarget.value)}
          />
          <span class="hint">{text.paste.hint}</span>
        </label>
      </form>
    </Dialog>
  )
}
