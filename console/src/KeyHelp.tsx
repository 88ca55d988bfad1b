import { text } from "./text/text.ts"
import { Dialog } from "./ui/Dialog.tsx"

export const KeyHelp = ({ onClose }: { readonly onClose: () => void }) => (
  <Dialog title={text.keys.title} onClose={onClose}>
    <dl class="pairs">
      {text.keys.rows.map(([keys, does]) => (
        <>
          <dt class="row">
            {keys
              ?.split(" ")
              .filter((key) => key !== "")
              .map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
          </dt>
          <dd>{does}</dd>
        </>
      ))}
    </dl>
  </Dialog>
)
