import { manualOfCodigo, meaningOfCodigo } from "../problems.ts"
import { text } from "../text/text.ts"

/** What a `codigo` means, as a link to what to do about it. */
export const CodigoHelp = ({ codigo }: { readonly codigo: string }) => (
  <a class="soft small help-link" href={manualOfCodigo(codigo)} title={text.now.whatToDo}>
    {meaningOfCodigo(codigo) ?? text.now.whatToDo}
  </a>
)
