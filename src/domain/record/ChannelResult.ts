import { Schema } from "effect"

export const Status = Schema.Literals(["success", "partial_success", "failure"])
export type Status = typeof Status.Type

/** A JSON object as it is sent over the wire. */
export const Json = Schema.Record(Schema.String, Schema.Unknown)
export type Json = typeof Json.Type

/** The error of a call, in the words of the response (CONTRACT "Records", `codigo`). */
const Erro = Schema.Struct({ codigo: Schema.String, detalhe: Schema.String, tentativas: Schema.Int })

/**
 * The answer of a call or its stand-in (SPEC 7.1). `resultado` means that the call may or may not have taken effect.
 */
export const Answer = Schema.StructWithRest(
  Schema.Struct({
    status: Schema.Int,
    message: Schema.optionalKey(Schema.String),
    erro: Schema.optionalKey(Erro),
    resultado: Schema.optionalKey(Schema.Literal("desconhecido")),
    truncado: Schema.optionalKey(Schema.Literal(true))
  }),
  [Json]
)
export type Answer = typeof Answer.Type

/** The result of one call, or of one channel, in a response: CONTRACT's `Canal`. */
export const ChannelResult = Schema.Struct({
  status: Status,
  request: Schema.optionalKey(Json),
  response: Answer
})
export type ChannelResult = typeof ChannelResult.Type
