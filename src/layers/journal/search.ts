import { Effect, Option, Schema } from "effect"

import { type SearchMark, searchMarks } from "../../domain/search/SearchQuery.ts"
import { Listing } from "../../domain/views/Listing.ts"
import {
  CommunicationSearch,
  type FoundCommunication,
  type SearchPosition
} from "../../services/CommunicationSearch.ts"
import type { SearchKey } from "../../services/SearchKey.ts"
import { soughtStatement, searchStatement, type SearchStatement } from "./searchStatement.ts"
import type { SqlAccess } from "./sqlAccess.ts"

interface FoundRow extends Readonly<Record<SearchMark, boolean>> {
  readonly id: string
  readonly journey: string
  readonly status: string
  readonly caseNumber: string | null
  readonly caseSysId: string | null
  readonly listing: string | null
  readonly createdAt: number
  readonly updatedAt: number
  readonly due: number | null
}

const decodePair = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Tuple([Schema.Number, Schema.String])))

const decodeListing = Schema.decodeUnknownOption(Schema.fromJsonString(Listing))

/** A token of this key may stand for something else. */
const decodePosition = (text: string) =>
  Option.map(decodePair(text), ([createdAt, id]): SearchPosition => ({ createdAt, id }))

const toFound = (row: FoundRow): FoundCommunication => {
  const { caseNumber, caseSysId, createdAt, due, id, journey, listing, status, updatedAt } = row
  // A listing that a newer version wrote may have another form. The row is shown without it.
  const read = listing === null ? undefined : Option.getOrUndefined(decodeListing(listing))
  return {
    id,
    journey,
    status,
    marks: searchMarks.filter((mark) => row[mark]),
    createdAt,
    updatedAt,
    ...(due !== null && { due }),
    ...(caseNumber !== null && { caseNumber }),
    ...(caseSysId !== null && { caseSysId }),
    ...(read && { listing: read })
  }
}

/** Finds communications in SQL. Each statement is planned for its own values, because they decide which index is best. */
export const searchIn = ({ persist, sql }: SqlAccess, key: SearchKey["Service"]) => {
  const run = <A extends object>({ parameters, text }: SearchStatement) =>
    persist(sql.unsafe<A>(text, parameters).unprepared)
  return CommunicationSearch.of({
    find: (query, page) => Effect.map(run<FoundRow>(searchStatement(key, query, page)), (rows) => rows.map(toFound)),
    idsOf: (sought, limit) =>
      Effect.map(run<{ id: string }>(soughtStatement(key, sought, limit)), (rows) => rows.map(({ id }) => id)),
    cursorOf: ({ createdAt, id }) => key.seal(JSON.stringify([createdAt, id])),
    positionOf: (cursor) => {
      const text = key.open(cursor)
      return text === undefined ? undefined : Option.getOrUndefined(decodePosition(text))
    },
    refOf: (id) => key.hash("ref", id)
  })
}
