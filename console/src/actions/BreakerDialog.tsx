import { post } from "../api/client.ts"
import type { Vendor } from "../api/types.ts"
import { useSession } from "../session.ts"
import { text } from "../text/text.ts"
import { toast } from "../toast.ts"
import { ReasonDialog } from "./ReasonDialog.tsx"

/** Lets every process try a vendor again. */
export const BreakerDialog = ({ onClose, vendor }: { readonly vendor: Vendor; readonly onClose: () => void }) => {
  const { overview } = useSession()
  return (
    <ReasonDialog
      title={`${text.action.breaker}: ${text.vendor[vendor]}`}
      explain={text.action.explain["breaker"]}
      confirm={text.action.confirm(1)}
      onClose={onClose}
      run={async (reason) => {
        await post(`/api/breakers/${vendor}`, { action: "close", reason })
        toast(text.action.done)
        overview.reload()
      }}
    />
  )
}
