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

/** The filter that the address names. `q` is the address's, or what was typed and must not stand there. */
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

/** What was searched for is a name of the item that may stand in an address: no personal datum. */
export const isOpenName = (item: Item, q: string): boolean => {
  const wanted = q.trim().toLowerCase()
  const open = [item.ref ?? item.id, item.order, item.shipment, item.case?.number, item.case?.sysId]
  return open.some((name) => name?.toLowerCase() === wanted)
}

type Named = Pick<Item, "id"> & { readonly ref?: string | undefined }

/** Where a communication is shown. */
export const pathOf = ({ id, ref }: Named): string => `/comunicacoes/${encodeURIComponent(ref ?? id)}`

/** Where the API has a communication. */
export const apiPathOf = ({ id, ref }: Named): string => `/api/communications/${encodeURIComponent(ref ?? id)}`
