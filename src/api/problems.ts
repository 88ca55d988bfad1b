import { Schema } from "effect"

/** The fields of every refusal: one line for people, and details where they help. */
const fields = { error: Schema.String, detail: Schema.optionalKey(Schema.String) }

/** 400: a parameter or a field is wrong. `error` names it. */
export class BadRequest extends Schema.Error<BadRequest>("brom-ctx/api/BadRequest")(fields, { httpApiStatus: 400 }) {}

/** 401: no token, or a wrong one. */
export class Unauthorized extends Schema.Error<Unauthorized>("brom-ctx/api/Unauthorized")(fields, {
  httpApiStatus: 401
}) {}

/** 403: the operator does not have the role, or another site caused the request. */
export class Forbidden extends Schema.Error<Forbidden>("brom-ctx/api/Forbidden")(fields, { httpApiStatus: 403 }) {}

/** 404: the name is unknown. */
export class NotFound extends Schema.Error<NotFound>("brom-ctx/api/NotFound")(fields, { httpApiStatus: 404 }) {}

/** 409: the state of the communication does not allow it. `ids`: the communications that an ambiguous name leads to. */
export class Conflict extends Schema.Error<Conflict>("brom-ctx/api/Conflict")(
  { ...fields, ids: Schema.optionalKey(Schema.Array(Schema.String)) },
  { httpApiStatus: 409 }
) {}

/** 413: the body is larger than 1 MB. */
export class TooLarge extends Schema.Error<TooLarge>("brom-ctx/api/TooLarge")(fields, { httpApiStatus: 413 }) {}

/** 415: the body is of a type other than JSON. */
export class UnsupportedType extends Schema.Error<UnsupportedType>("brom-ctx/api/UnsupportedType")(fields, {
  httpApiStatus: 415
}) {}

/** 422: well formed, but impossible to carry out as it stands. */
export class Unprocessable extends Schema.Error<Unprocessable>("brom-ctx/api/Unprocessable")(fields, {
  httpApiStatus: 422
}) {}

/** 429: too many wrong tokens from this address. */
export class TooManyRequests extends Schema.Error<TooManyRequests>("brom-ctx/api/TooManyRequests")(fields, {
  httpApiStatus: 429
}) {}

/** 503: Kafka or the database does not answer, or the service is starting. */
export class Unavailable extends Schema.Error<Unavailable>("brom-ctx/api/Unavailable")(fields, {
  httpApiStatus: 503
}) {}

/** The refusals that any route may answer. */
export const anyRefusal = [
  BadRequest,
  Unauthorized,
  Forbidden,
  NotFound,
  Conflict,
  TooLarge,
  UnsupportedType,
  Unprocessable,
  TooManyRequests,
  Unavailable
] as const
