import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"

import type { SearchTerm } from "../../src/domain/search/SearchTerm.ts"
import { storedTerm } from "../../src/layers/journal/searchRows.ts"
import { SearchKey } from "../../src/services/SearchKey.ts"
import { factsOf } from "./facts.ts"

/** Rows in one statement. */
const chunk = 20_000

/** Every hundredth communication belongs to one customer, who is searched for, too. */
export const heavyPhone = "+5511999990000"

/** A customer with three or four communications. */
export const usual = {
  id: "cliente-1",
  phone: "+5511920000001",
  email: "cliente.1@example.com",
  document: "52998224725"
}

const ownTerms: ReadonlyArray<SearchTerm> = [
  { kind: "phone", value: heavyPhone },
  { kind: "customer", value: usual.id },
  { kind: "phone", value: usual.phone },
  { kind: "email", value: usual.email },
  { kind: "document", value: usual.document }
]

/** One communication in 10 has facts, including those of that customer. */
const withFacts = 10

/** The id of communication `i`, and its time `t.at`: one communication every seven seconds. */
const ID = `'pedido_entregue_amanha|' || i % 300000 || '|R1PED-' || i`
const TIMES = `CROSS JOIN LATERAL (SELECT now() - ($3::integer - i) * interval '7 seconds' AS at) t`

/** A rare journey has one communication in 20,000. Of 100 communications, 3 failed and one waits. */
const ROWS = `INSERT INTO communications
  (id, seq, journey, status, case_number, case_sys_id, in_doubt, due, phone, sent_at, answered_at, undelivered, listing,
   created_at, updated_at)
SELECT ${ID}, 12,
  CASE WHEN i % 20000 = 7 THEN 'rara' WHEN i % 3 = 0 THEN 'pedido_atrasado' ELSE 'pedido_entregue_amanha' END,
  CASE WHEN i % 100 = 1 THEN 'failure' WHEN i % 100 IN (2, 3) THEN 'partial_success' WHEN i % 1000 = 4 THEN 'working'
    WHEN i % 5000 = 5 THEN 'adopted' ELSE 'success' END,
  'CS' || i, md5(i::text), i % 10000 = 1, CASE WHEN i % 100 = 9 THEN now() + interval '1 day' END,
  '+55119' || lpad((i % 300000)::text, 8, '0'), t.at, CASE WHEN i % 3 > 0 THEN t.at END, i % 100 = 2,
  '{"order":"PED-' || i || '","shipment":"R1","customer":{"id":"' || i % 300000 || '","name":"***","phone":"***0000"},'
    || '"codigos":[],"whatsapp":{"outcome":"sent","attempts":1,"messageId":"m' || i || '"}}',
  t.at, t.at
FROM generate_series($1::integer, $2::integer) AS i
${TIMES}`

const NAMES = `INSERT INTO communication_ids (kind, value, id, at)
SELECT k.kind, k.value, ${ID}, now()
FROM generate_series($1::integer, $2::integer) AS i CROSS JOIN LATERAL (
  VALUES ('case_number', 'CS' || i), ('case_sys_id', md5(i::text)), ('message_id', 'm' || i)
) AS k(kind, value)`

const TERMS = `INSERT INTO search_terms (id, created_at, key, terms)
SELECT ${ID}, t.at, $4::integer, ARRAY[
  'order:PED-' || i, CASE WHEN i % 100 = 50 THEN 'shipment:RGRANDE' ELSE 'shipment:R' || i % 500000 END,
  CASE WHEN i % 300000 = 11 THEN $6 ELSE 'customer:' || substr(md5('c' || i % 300000), 1, 22) END,
  CASE WHEN i % 100 = 0 THEN $5 WHEN i % 300000 = 11 THEN $7 ELSE 'phone:' || substr(md5('p' || i % 300000), 1, 22) END,
  CASE WHEN i % 300000 = 11 THEN $8 ELSE 'email:' || substr(md5('e' || i % 300000), 1, 22) END,
  CASE WHEN i % 300000 = 11 THEN $9 ELSE 'document:' || substr(md5('d' || i % 300000), 1, 22) END]
FROM generate_series($1::integer, $2::integer) AS i
${TIMES}`

const CODIGOS = `INSERT INTO communication_codigos (codigo, created_at, id)
SELECT CASE WHEN status = 'partial_success' THEN 'HTTP_500' WHEN substr(case_number, 3)::integer % 20000 = 1
  THEN 'HTTP_418' ELSE 'TIMEOUT' END, created_at, id
FROM communications WHERE status IN ('failure', 'partial_success')`

const FACTS = `INSERT INTO facts (id, seq, token, facts, at)
SELECT ${ID}, 0, 'bench', $3, now()
FROM generate_series($1::integer, $2::integer) AS i WHERE i % ${withFacts} = 0`

const TALLIES = `INSERT INTO tallies (minute, process, what, codigo, channel, journey, count)
SELECT date_trunc('minute', now()) - m * interval '1 minute', 'p' || p, w.what, w.codigo, w.channel, w.journey, 10
FROM generate_series(0, 1439) AS m, generate_series(1, 3) AS p, (
  VALUES ('order', '', '', ''), ('event', '', '', ''), ('failure', 'TIMEOUT', 'itsm', 'pedido_atrasado'),
    ('failure', 'HTTP_500', 'whatsapp', 'pedido_atrasado'), ('failure', 'HTTP_400', 'whatsapp', 'pedido_entregue_amanha')
) AS w(what, codigo, channel, journey)`

/** Fills an empty schema with `count` communications, one every seven seconds. A million take eleven weeks. */
export const fillSchema = Effect.fnUntraced(function* (count: number, tell: (text: string) => void) {
  const sql = yield* SqlClient
  const key = yield* SearchKey
  const facts = JSON.stringify(factsOf(1).flat())
  const terms = ownTerms.map((term) => storedTerm(key, term))
  // All statements use the time of one transaction, so that the times of the tables agree.
  yield* sql.withTransaction(
    Effect.gen(function* () {
      yield* sql.unsafe("SET LOCAL statement_timeout = 0")
      for (let first = 1; first <= count; first += chunk) {
        const last = Math.min(count, first + chunk - 1)
        yield* sql.unsafe(ROWS, [first, last, count])
        yield* sql.unsafe(NAMES, [first, last])
        yield* sql.unsafe(TERMS, [first, last, count, key.number, ...terms])
        yield* sql.unsafe(FACTS, [first, last, facts])
        tell(`${last} of ${count} communications`)
      }
      yield* sql.unsafe(CODIGOS)
      yield* sql.unsafe(TALLIES)
    })
  )
  tell("names, codigos and counts")
  for (const table of [
    "communications",
    "communication_ids",
    "search_terms",
    "communication_codigos",
    "tallies",
    "facts"
  ]) {
    yield* sql.unsafe(`VACUUM (ANALYZE) ${table}`)
  }
})
