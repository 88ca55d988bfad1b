import { Schema, SchemaTransformation } from "effect"

/**
 * The schema of a message that our own code has made from what it had decoded: to hand it over within the process costs
 * no second look at it. What crosses a socket is encoded and decoded by `schema`, as ever.
 */
export const handedOver = <Type, Encoded>(schema: Schema.Codec<Type, Encoded>) =>
  Schema.declare((_: unknown): _ is Type => true, {
    toCodec: () => Schema.link<Type>()(schema, SchemaTransformation.passthrough())
  })
