import { firstText } from "./replyText.ts"
import { firstName, listOf, type Scopes, valuesOf } from "./scopes.ts"

const errorFields = ["errors", "error", "erros", "erro"]
const codeFields = ["codigo", "code", "error_code", "errorCode"]
const messageFields = ["mensagem", "message", "title", "detalhe", "descricao", "motivo", "reason"]

/** Why a message could not be delivered, as the vendor says it: the first error of a list, or the event's own fields. */
export const readFailure = (scopes: Scopes): { readonly code?: string; readonly message?: string } => {
  const errors = scopes.flatMap((scope) => errorFields.flatMap((field) => listOf(scope[field]).slice(0, 1)))
  const code = firstName(valuesOf([...errors, ...scopes], codeFields))
  const details = errors.flatMap((error) => valuesOf(listOf(error["error_data"]), ["details"]))
  const texts = valuesOf(scopes, errorFields).filter((value) => typeof value === "string")
  const message = firstText([
    ...valuesOf(errors, messageFields),
    ...details,
    ...valuesOf(scopes, messageFields),
    ...texts
  ])
  return { ...(code !== undefined && { code }), ...(message !== undefined && { message }) }
}
