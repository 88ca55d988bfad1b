import type { ConsumerKeys, NewConsumer } from "../services/ServiceNow.ts"
import { documentOf } from "./document.ts"
import type { Cliente } from "./Outbound.ts"

const text = (value: string | undefined) => (value === undefined || value.trim() === "" ? undefined : value.trim())

/** What the customer can be looked up by (SPEC 3.1); empty values are none (SPEC 3.4). */
export const consumerKeys = (cliente: Cliente): ConsumerKeys => {
  const document = documentOf(cliente)
  const email = text(cliente.email)
  const phone = text(cliente.num_telefone)
  return {
    ...(document !== undefined && { document }),
    ...(email !== undefined && { email }),
    ...(phone !== undefined && { phone })
  }
}

/** The consumer to create; `undefined` without a name and an e-mail or phone (SPEC 3.3). */
export const newConsumer = (cliente: Cliente): NewConsumer | undefined => {
  const keys = consumerKeys(cliente)
  const firstName = text(cliente.nome)
  const lastName = text(cliente.sobrenome)
  if (firstName === undefined && lastName === undefined) return undefined
  if (keys.email === undefined && keys.phone === undefined) return undefined
  return {
    ...(firstName !== undefined && { firstName }),
    ...(lastName !== undefined && { lastName }),
    ...keys
  }
}
