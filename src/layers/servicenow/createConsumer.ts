import { Effect } from "effect"

import type { Json } from "../../domain/Canal.ts"
import { isFinal } from "../../domain/failure.ts"
import { type ConsumerKeys, type NewConsumer, Unreadable } from "../../services/ServiceNow.ts"
import type { ServiceNowSettings, Settings } from "../../services/Settings.ts"
import { traced } from "../../telemetry/traced.ts"
import { isObject } from "../http/readJson.ts"
import type { Attempt, AttemptReason, Turn } from "./attempt.ts"
import { consumerLookups } from "./consumerLookups.ts"
import { createOnce, type NotAnnounced } from "./createOnce.ts"
import { echoAvisos } from "./echo.ts"
import { tablePath } from "./encodedQuery.ts"
import { readRows } from "./readRows.ts"
import { makePace } from "./retry.ts"
import { textOf } from "./row.ts"
import { type ConsumerSearch, consumerTable, makeConsumerPath, searchConsumer } from "./searchConsumer.ts"
import type { Looked } from "./settle.ts"

interface CreatedConsumer {
  readonly sysId: string
  readonly avisos: ReadonlyArray<string>
}

/** SPEC 3.3. */
const bodyOf = (consumer: NewConsumer, { documentField }: ServiceNowSettings): Json => ({
  ...(consumer.firstName !== undefined && { first_name: consumer.firstName }),
  ...(consumer.lastName !== undefined && { last_name: consumer.lastName }),
  ...(consumer.email !== undefined && { email: consumer.email }),
  ...(consumer.phone !== undefined && { mobile_phone: consumer.phone }),
  ...(consumer.document !== undefined && { [documentField]: consumer.document })
})

/** None, only if the instance answered for a key that the created consumer would surely carry: e-mail, else phone. */
const lookedOf = (keys: ConsumerKeys, { answered, avisos, found }: ConsumerSearch): Looked<CreatedConsumer> => {
  if (found !== undefined) return { _tag: "Found", found: { sysId: found.sysId, avisos } }
  return answered.includes(keys.email === undefined ? "telefone" : "email")
    ? { _tag: "None" }
    : { _tag: "Unknowable", detail: "não há como saber se o consumidor foi criado: a busca por ele foi recusada" }
}

/** `ServiceNow.createConsumer` (SPEC 3.3). */
export const makeCreateConsumer = (attempt: Attempt, settings: Settings["Service"]) => {
  const { serviceNow } = settings
  const consumerPath = makeConsumerPath(serviceNow)

  const post = Effect.fnUntraced(function* (
    body: Json,
    turn: Turn,
    onSending: Effect.Effect<void, NotAnnounced>
  ): Effect.fn.Return<CreatedConsumer, AttemptReason | NotAnnounced> {
    const { result, status } = yield* attempt({ method: "POST", path: tablePath(consumerTable), body, onSending }, turn)
    const row = isObject(result) ? result : {}
    const sysId = textOf(row.sys_id)
    if (sysId === "") return yield* new Unreadable({ status, detail: "a resposta não tem result.sys_id" })
    return { sysId, avisos: echoAvisos("consumidor", body, row) }
  })

  const look = (keys: ConsumerKeys, turn: Turn) =>
    searchConsumer(consumerLookups(keys, serviceNow), (query) =>
      readRows(attempt, turn, { path: consumerPath(query) }).pipe(
        Effect.catchTag("Refused", (refused) => (isFinal(refused) ? Effect.succeed(refused) : Effect.fail(refused)))
      )
    ).pipe(Effect.map((search) => lookedOf(keys, search)))

  return (consumer: NewConsumer, keys: ConsumerKeys) =>
    createOnce({
      pace: makePace("createConsumer", settings),
      timeout: serviceNow.timeout,
      // A creation leaves no intent: a run that died is followed by one that looks first (SPEC 3.3).
      renewIntent: Effect.void,
      post: (turn, onSending) => post(bodyOf(consumer, serviceNow), turn, onSending),
      look: (turn) => look(keys, turn)
    }).pipe(traced("ServiceNow.createConsumer"))
}
