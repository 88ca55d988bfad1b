import { appendFileSync, chownSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"

import * as PgConnection from "@effect/sql-pg/PgConnection"
import { assert, it } from "@effect/vitest"
import { Context, Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { isSqlError } from "effect/sql/SqlError"

import { describeSqlError } from "../../src/layers/database/availability.ts"
import { databaseAccess } from "../../src/layers/database/databaseAccess.ts"
import { ownPostgres } from "../layers/database/ownPostgres.ts"
import { databaseAt } from "../layers/database/postgresSchema.ts"
import {
  databaseAuthority,
  databaseClientCertificate,
  databaseClientKey,
  databaseServerCertificate,
  databaseServerKey
} from "./support/databaseCertificates.ts"
import { temporaryFile } from "./support/temporaryFile.ts"

/** A Postgres with a certificate of `localhost`. It refuses other users than `postgres` in plain text, in TLS, or without a certificate. */
const encryptedPostgres = Effect.gen(function* () {
  const postgres = yield* ownPostgres
  yield* postgres.run("start")
  const data = join(postgres.directory, "data")
  const { gid, uid } = statSync(data)
  for (const [name, text] of [
    ["ca.pem", databaseAuthority],
    ["server.pem", databaseServerCertificate],
    ["server.key", databaseServerKey]
  ] as const) {
    writeFileSync(join(data, name), `${text}\n`, { mode: 0o600 })
    chownSync(join(data, name), uid, gid)
  }
  appendFileSync(
    join(data, "postgresql.conf"),
    "ssl = on\nssl_cert_file = 'server.pem'\nssl_key_file = 'server.key'\nssl_ca_file = 'ca.pem'\n"
  )
  writeFileSync(
    join(data, "pg_hba.conf"),
    [
      "hostssl all encrypted 127.0.0.1/32 trust",
      "hostnossl all plain 127.0.0.1/32 trust",
      "hostssl all certified 127.0.0.1/32 trust clientcert=verify-ca",
      "host all postgres 127.0.0.1/32 trust",
      "host all secret 127.0.0.1/32 scram-sha-256"
    ].join("\n")
  )
  const admin = yield* PgConnection.make({ url: Redacted.make(postgres.url) })
  for (const user of ["encrypted", "plain", "certified"]) yield* admin.query(`CREATE ROLE ${user} LOGIN`)
  yield* admin.query("CREATE ROLE secret LOGIN PASSWORD 'p/a:s@s%w+ö'")
  yield* admin.query("SELECT pg_reload_conf()")
  yield* postgres.run("restart")
  return postgres
})

/** Whether the session of this URL is encrypted, or the reason why there is no session. */
const sessionOf = (url: string) =>
  Effect.scoped(
    Effect.gen(function* () {
      const session = yield* PgConnection.make(databaseAccess(Redacted.make(url)).config("10 seconds"))
      const { rows } = yield* session.query(
        "SELECT ssl, current_user::text AS name FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
      )
      return `${rows[0]?.name} ${rows[0]?.ssl === true ? "encrypted" : "plain"}`
    })
  ).pipe(Effect.catch((error) => Effect.succeed(isSqlError(error) ? describeSqlError(error) : String(error))))

const withoutTls = "the server does not support TLS"

it.live("CONTRACT DATABASE_URL: sslmode works as in libpq, on a server with a certificate", () =>
  Effect.gen(function* () {
    const { port } = yield* encryptedPostgres
    const ca = encodeURIComponent(yield* temporaryFile("ca.pem", databaseAuthority))
    const certificate = encodeURIComponent(yield* temporaryFile("client.pem", databaseClientCertificate))
    const key = encodeURIComponent(yield* temporaryFile("client.key", databaseClientKey))
    const seen = (user: string, query: string, host = "localhost") =>
      sessionOf(`postgres://${user}@${host}:${port}/postgres?${query}`)
    const untrusted = "self-signed certificate in certificate chain"
    assert.deepStrictEqual(
      {
        default: yield* seen("postgres", ""),
        disable: yield* seen("postgres", "sslmode=disable"),
        allow: yield* seen("postgres", "sslmode=allow"),
        "allow, where plain text is refused": yield* seen("encrypted", "sslmode=allow"),
        prefer: yield* seen("postgres", "sslmode=prefer"),
        "prefer, where TLS is refused": yield* seen("plain", "sslmode=prefer"),
        "prefer, with another authority": yield* seen("postgres", `sslmode=prefer&sslrootcert=${certificate}`),
        require: yield* seen("postgres", "sslmode=require"),
        "require, with another authority": yield* seen("postgres", `sslmode=require&sslrootcert=${certificate}`),
        "verify-ca": yield* seen("postgres", `sslmode=verify-ca&sslrootcert=${ca}`),
        "verify-ca, another name": yield* seen("postgres", `sslmode=verify-ca&sslrootcert=${ca}`, "127.0.0.1"),
        "verify-ca, no authority": yield* seen("postgres", "sslmode=verify-ca"),
        "verify-full": yield* seen("postgres", `sslmode=verify-full&sslrootcert=${ca}`),
        "ssl=true": yield* seen("postgres", `ssl=true&sslrootcert=${ca}`),
        "ssl=true, no authority": yield* seen("postgres", "ssl=true"),
        "ssl=false": yield* seen("postgres", "ssl=false"),
        "a client's certificate": yield* seen(
          "certified",
          `sslmode=verify-full&sslrootcert=${ca}&sslcert=${certificate}&sslkey=${key}`
        ),
        "a password": yield* seen(`secret:${encodeURIComponent("p/a:s@s%w+ö")}`, "sslmode=require")
      },
      {
        default: "postgres encrypted",
        disable: "postgres plain",
        allow: "postgres plain",
        "allow, where plain text is refused": "encrypted encrypted",
        prefer: "postgres encrypted",
        "prefer, where TLS is refused": "plain plain",
        "prefer, with another authority": "postgres plain",
        require: "postgres encrypted",
        "require, with another authority": untrusted,
        "verify-ca": "postgres encrypted",
        "verify-ca, another name": "postgres encrypted",
        "verify-ca, no authority": untrusted,
        "verify-full": "postgres encrypted",
        "ssl=true": "postgres encrypted",
        "ssl=true, no authority": untrusted,
        "ssl=false": "postgres plain",
        "a client's certificate": "certified encrypted",
        "a password": "secret encrypted"
      }
    )
    assert.match(
      yield* seen("postgres", `sslmode=verify-full&sslrootcert=${ca}`, "127.0.0.1"),
      /^Hostname\/IP does not match certificate's altnames: IP: 127\.0\.0\.1/
    )
    assert.match(
      yield* seen("certified", `sslmode=verify-full&sslrootcert=${ca}`),
      /^28000 connection requires a valid client certificate/
    )
    assert.match(yield* seen("encrypted", "sslmode=disable"), /^28000 no pg_hba\.conf entry .* no encryption$/)
  }).pipe(Effect.scoped)
)

it.live("CONTRACT DATABASE_URL: a server without TLS is used in plain text only if the mode permits it", () =>
  Effect.gen(function* () {
    const postgres = yield* ownPostgres
    yield* postgres.run("start")
    const seen = (query: string) => sessionOf(`${postgres.url}?${query}`)
    assert.deepStrictEqual(
      [
        yield* seen(""),
        yield* seen("sslmode=prefer"),
        yield* seen("sslmode=require"),
        yield* seen("sslmode=verify-ca"),
        yield* seen("ssl=true")
      ],
      ["postgres plain", "postgres plain", withoutTls, withoutTls, withoutTls]
    )
  }).pipe(Effect.scoped)
)

it.live("CONTRACT DATABASE_URL: each connection of the service is encrypted: pool, locks and migrations", () =>
  Effect.gen(function* () {
    const { port, url } = yield* encryptedPostgres
    const ca = encodeURIComponent(yield* temporaryFile("ca.pem", databaseAuthority))
    const own = `postgres://postgres@localhost:${port}/postgres?sslmode=verify-full&sslrootcert=${ca}&application_name=orders`
    const admin = yield* PgConnection.make({ url: Redacted.make(url) })
    yield* admin.query("ALTER SYSTEM SET log_connections = on")
    yield* admin.query("SELECT pg_reload_conf()")
    const sql = Context.get(yield* Layer.build(databaseAt(own)), SqlClient)
    assert.deepStrictEqual(yield* sql`SELECT 1 AS one`, [{ one: 1 }])
    const { rows } = yield* admin.query(
      `SELECT application_name AS name, bool_and(ssl) AS ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
      WHERE application_name LIKE 'orders%' GROUP BY 1 ORDER BY 1`
    )
    assert.deepStrictEqual(rows, [
      { name: "orders", ssl: true },
      { name: "orders lock", ssl: true }
    ])
    const log = (yield* admin.query("SELECT pg_read_file('server.log') AS log")).rows[0]?.log
    const authorized = String(log).match(/connection authorized: .*application_name=orders.*/g) ?? []
    assert.isAbove(authorized.length, 2)
    assert.deepStrictEqual(
      authorized.filter((line) => !line.includes("SSL enabled")),
      []
    )
  }).pipe(Effect.scoped)
)

it.live("CONTRACT DATABASE_URL: of several hosts the first one that answers is used, and remembered", () =>
  Effect.gen(function* () {
    const postgres = yield* ownPostgres
    yield* postgres.run("start")
    const access = databaseAccess(
      Redacted.make(`postgres://postgres@127.0.0.1:1,[::1]:1,127.0.0.1:${postgres.port}/postgres`)
    )
    assert.strictEqual(access.place, `127.0.0.1:1,[::1]:1,127.0.0.1:${postgres.port}/postgres`)
    const session = yield* PgConnection.make(access.config("10 seconds"))
    assert.deepStrictEqual((yield* session.query("SELECT 1 AS one")).rows, [{ one: 1 }])
  }).pipe(Effect.scoped)
)
