import { Effect, Option, Schema } from "effect"

import { decodeFacts, isKnownTag } from "../../domain/communication/Fact.ts"
import { UnknownFact } from "../../services/Journal.ts"

const decodeTags = Schema.decodeUnknownOption(
  Schema.fromJsonString(Schema.Array(Schema.Struct({ _tag: Schema.String })))
)

/** The first tag in the facts of one append that this version does not know. */
const unknownTag = (text: string): string | undefined =>
  Option.getOrElse(decodeTags(text), () => []).find(({ _tag }) => !isKnownTag(_tag))?._tag

/**
 * Reads the facts of one communication from the texts of its appends. Fails if a newer version wrote one of them. A
 * malformed fact is a defect.
 */
export const readFacts = Effect.fnUntraced(function* (id: string, texts: ReadonlyArray<string>) {
  const lists = yield* Effect.catch(
    Effect.forEach(texts, (text) => decodeFacts(text)),
    (malformed) => {
      const tag = texts.map(unknownTag).find((it) => it !== undefined)
      return tag === undefined ? Effect.die(malformed) : Effect.fail(new UnknownFact({ id, tag }))
    }
  )
  return lists.flat()
})
