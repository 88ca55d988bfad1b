import { Effect, Schema } from "effect"

import { BadRequest } from "../../api/problems.ts"

/** The position of a page's last item as the text that a client sends back. */
export const cursorOf = (position: object): string => Buffer.from(JSON.stringify(position)).toString("base64url")

const wrongCursor = new BadRequest({ error: "cursor: expected one that an earlier answer gave as next" })

/** Reads a cursor, or fails with 400. Absent where the request has none. */
export const readCursor = <A>(
  schema: Schema.Decoder<A>,
  cursor: string | undefined
): Effect.Effect<A | undefined, BadRequest> =>
  cursor === undefined
    ? Effect.undefined
    : Effect.try({
        try: (): unknown => JSON.parse(Buffer.from(cursor, "base64url").toString()),
        catch: () => wrongCursor
      }).pipe(Effect.flatMap((json) => Effect.mapError(Schema.decodeUnknownEffect(schema)(json), () => wrongCursor)))
