import { pathOf } from "../list/fields.ts"

/** A record in Kafka, `topic/partition/offset`. */
const isPlace = (id: string): boolean => /^[^/|]+\/\d+\/\d+(?:~\d+)?$/.test(id)

/** Masked, or an item of an erasure: nothing is shown under this name. */
const isClosed = (id: string): boolean => id.includes("***") || /^(?:ref|parked):/.test(id)

const hrefOf = (id: string, action: string): string | undefined => {
  if (isClosed(id)) return undefined
  if (!isPlace(id)) return pathOf({ id })
  return action === "settle" ? "/auditoria" : "/cartas-mortas"
}

/** What an operator acted on, as a link to where it is shown. */
export const Subject = ({ action, id }: { readonly id: string; readonly action: string }) => {
  const href = hrefOf(id, action)
  return href === undefined ? (
    <span class="mono wrap-any">{id}</span>
  ) : (
    <a class="mono wrap-any" href={href}>
      {id}
    </a>
  )
}
