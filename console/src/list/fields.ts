import type { Item, SearchFields } from "../api/types.ts"

type Status = NonNullable<SearchFields["status"]>[number]

export const statuses: ReadonlyArray<Status> = [
  "working",
  "waiting",
  "in_doubt",
  "awaiting",
  "failure",
  "partial_success",
  "success",
  "adopted"
]

const names = ["journey", "codigo", "case", "since", "until"] as const

/** The filter that the address names. `q` is that of the address, or a typed text that must not appear there. */
export const fieldsOf = (query: URLSearchParams, typed: string): SearchFields => {
  const status = query.getAll("status").filter((one): one is Status => statuses.some((known) => known === one))
  const q = typed === "" ? (query.get("q") ?? "") : typed
  return {
    ...(status.length > 0 && { status }),
    ...Object.fromEntries(
      names.flatMap((name) => {
        const value = query.get(name) ?? ""
        return value === "" ? [] : [[name, value]]
      })
    ),
    ...(q !== "" && { q })
  }
}

/** Whether the search text is a name of the item that may appear in an address, because it is not personal data. */
export const isOpenName = (item: Item, q: string): boolean => {
  const wanted = q.trim().toLowerCase()
  const open = [item.ref ?? item.id, item.order, item.shipment, item.case?.number, item.case?.sysId]
  return open.some((name) => name?.toLowerCase() === wanted)
}

type Named = Pick<Item, "id"> & { readonly ref?: string | undefined }

/** The name by which the API finds a communication. An id that contains personal data is shown masked. */
export const nameOf = ({ id, ref }: Named): string => ref ?? id

/** The path of a communication's page. */
export const pathOf = (named: Named): string => `/comunicacoes/${encodeURIComponent(nameOf(named))}`

/** The API path of a communication. */
export const apiPathOf = (named: Named): string => `/api/communications/${encodeURIComponent(nameOf(named))}`
