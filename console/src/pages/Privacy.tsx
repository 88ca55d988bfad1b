import { useState } from "preact/hooks"

import { ActionDialog } from "../actions/ActionDialog.tsx"
import { planOperation, runOperation } from "../actions/operation.ts"
import { ReasonDialog } from "../actions/ReasonDialog.tsx"
import { ApiError, post } from "../api/client.ts"
import type { CustomerExport } from "../api/types.ts"
import { useRole } from "../session.ts"
import { text } from "../text/text.ts"
import { Head } from "../ui/Head.tsx"
import { OutOfReach } from "../ui/OutOfReach.tsx"
import { Failure } from "../ui/states.tsx"

/** Hands the browser a file. The page keeps nothing of it. */
const download = (name: string, content: object) => {
  const url = URL.createObjectURL(new Blob([JSON.stringify(content, undefined, 2)], { type: "application/json" }))
  const link = document.createElement("a")
  link.href = url
  link.download = name
  link.click()
  URL.revokeObjectURL(url)
}

export const Privacy = () => {
  const isPrivacy = useRole("privacy")
  const [key, setKey] = useState("")
  const [asked, ask] = useState<"export" | "erase">()
  const [exported, setExported] = useState<CustomerExport>()
  const customer = key.trim()
  return (
    <>
      <Head title={text.nav.privacy} />
      {isPrivacy ? (
        <div class="stack">
          <p class="soft">{text.privacy.intro}</p>
          <form
            class="card spread narrow"
            onSubmit={(event) => {
              event.preventDefault()
              ask("export")
            }}
          >
            <label class="field">
              {text.privacy.key}
              <input
                required
                autocomplete="off"
                spellcheck={false}
                value={key}
                onInput={(event) => {
                  setKey(event.currentTarget.value)
                  setExported(undefined)
                }}
              />
              <span class="hint">{text.privacy.keyHint}</span>
            </label>
            <div class="row">
              <button type="submit" class="button primary">
                {text.privacy.export}
              </button>
              <button type="button" class="button danger" disabled={customer === ""} onClick={() => ask("erase")}>
                {text.privacy.erase}
              </button>
            </div>
          </form>
          {exported !== undefined && (
            <section class="card spread narrow" role="status">
              <p>
                {exported.communications.length + exported.parked.length === 0
                  ? text.privacy.nothing
                  : text.privacy.found(exported.communications.length, exported.parked.length)}
              </p>
              <OutOfReach of={exported.outOfReach} />
              <button type="button" class="button" onClick={() => download("cliente.json", exported)}>
                {text.privacy.download}
              </button>
            </section>
          )}
        </div>
      ) : (
        <div class="card">
          <Failure error={new ApiError(403, "")} onRetry={() => undefined} />
        </div>
      )}
      {asked === "export" && (
        <ReasonDialog
          title={text.privacy.exportTitle}
          explain={text.privacy.exportExplain}
          confirm={text.privacy.export.replace("…", "")}
          onClose={() => ask(undefined)}
          run={async (reason) =>
            setExported(await post<CustomerExport>("/api/customers/export", { key: customer, reason }))
          }
        />
      )}
      {asked === "erase" && (
        <ActionDialog
          actions={["erase"]}
          plan={() => planOperation("erase", { filter: { customer } })}
          run={(action, reason) => runOperation(action, { filter: { customer } }, reason)}
          onClose={() => ask(undefined)}
        />
      )}
    </>
  )
}
