import { post } from "../api/client.ts"
import { text } from "../text/text.ts"
import { ReasonDialog } from "./ReasonDialog.tsx"

interface Props<A> {
  /** The API path of what is shown masked. */
  readonly path: string
  readonly onRevealed: (whole: A) => void
  readonly onClose: () => void
}

/** Shows what is masked, with a reason. */
export const RevealDialog = <A,>({ onClose, onRevealed, path }: Props<A>) => (
  <ReasonDialog
    title={text.action.reveal}
    explain={text.action.explain["reveal"]}
    confirm={text.action.reveal_}
    onClose={onClose}
    run={async (reason) => onRevealed(await post<A>(`${path}/reveal`, { reason }))}
  />
)
