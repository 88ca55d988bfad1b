import { text } from "../text/text.ts"
import { reachText } from "../told.ts"

/** Where a customer's data is that the service neither exports nor erases. */
export const OutOfReach = ({ of }: { readonly of: ReadonlyArray<string> }) =>
  of.length === 0 ? null : (
    <div class="small">
      <strong>{text.privacy.outOfReach}</strong>
      <ul class="bullets soft">
        {of.map((where) => (
          <li key={where}>{reachText(where)}</li>
        ))}
      </ul>
    </div>
  )
