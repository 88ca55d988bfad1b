import { assert, describe, it } from "@effect/vitest"
import { Redacted } from "effect"

import { readDatabaseUrl } from "../../../src/layers/settings/databaseUrl.ts"

/** The URL's meaning, without the parts that it does not set. */
const read = (url: string, user: string | undefined = "me") => {
  const reading = readDatabaseUrl(url, user)
  if ("problems" in reading) return reading.problems
  const { hosts, password, tls, ...rest } = reading.server
  return {
    ...rest,
    hosts: hosts.map(({ host, port }) => `${host} ${port}`),
    ...(password && { password: Redacted.value(password) }),
    ...(tls.mode !== "prefer" && { tls })
  }
}

const meaning = { username: "u", database: "d", applicationName: "brom-ctx", connectTimeout: 5, hosts: ["h 5432"] }

/** How libpq reads them. */
const good: Readonly<Record<string, object>> = {
  "postgres://u@h/d": {},
  "postgresql://u@h/d": {},
  "POSTGRES://u@h/d": {},
  "postgres://u@h/d?": {},
  "postgres://u:p@h:5433/d": { hosts: ["h 5433"], password: "p" },
  "postgres://u:@h/d": {},
  "postgres://u%40corp:p%2F%3F%23%40%3A%25%C3%A9+x@h/d": { username: "u@corp", password: "p/?#@:%é+x" },
  "postgres://u:a?b#c:d@h/d": { password: "a?b#c:d" },
  "postgres://u@[::1]/d": { hosts: ["::1 5432"] },
  "postgres://u:p@[2001:db8::7]:6432/d": { hosts: ["2001:db8::7 6432"], password: "p" },
  "postgres://u@10.0.0.7:6432/d": { hosts: ["10.0.0.7 6432"] },
  "postgres://u@a.example:1,b.example,[::1]:3/d": { hosts: ["a.example 1", "b.example 5432", "::1 3"] },
  "postgres://u@/d?host=a,b&port=1,2": { hosts: ["a 1", "b 2"] },
  "postgres://u@/d?host=a,b&port=7": { hosts: ["a 7", "b 7"] },
  "postgres://u@nowhere:1/d?host=h&port=5432": {},
  "postgres://u@/d": { hosts: ["localhost 5432"] },
  "postgres:///d?user=u&password=a%26b": { hosts: ["localhost 5432"], password: "a&b" },
  "postgres://u@%2Fvar%2Frun%2Fpostgresql/d": { hosts: ["/var/run/postgresql 5432"] },
  "postgres://u@/d?host=/run/postgresql&port=5433": { hosts: ["/run/postgresql 5433"] },
  "postgres://u@h": { database: "u" },
  "postgres://u@h/": { database: "u" },
  "postgres://u@h?dbname=d": {},
  "postgres://h/d": { username: "me" },
  "postgres://u@h/d%2Fe": { database: "d/e" },
  "postgres://u@h/d?options=-c%20search_path%3Dctx": { options: "-c search_path=ctx" },
  "postgres://u@h/d?options=-c+search_path%3Dctx": { options: "-c search_path=ctx" },
  "postgres://u@h/d?application_name=orders&connect_timeout=20": { applicationName: "orders", connectTimeout: 20 },
  "postgres://u@h/d?target_session_attrs=read-write&channel_binding=prefer&gssencmode=disable": {},
  "postgres://u@h/d?target_session_attrs=primary": {},
  "postgres://u@h/d?target_session_attrs=any": {},
  "postgres://u@h/d?sslmode=disable": { tls: { mode: "disable" } },
  "postgres://u@h/d?sslmode=allow": { tls: { mode: "allow" } },
  "postgres://u@h/d?sslmode=prefer": {},
  "postgres://u@h/d?sslmode=require": { tls: { mode: "require" } },
  "postgres://u@h/d?sslmode=verify-ca&sslrootcert=/ca.pem": { tls: { mode: "verify-ca", rootCertificate: "/ca.pem" } },
  "postgres://u@h/d?sslmode=verify-full": { tls: { mode: "verify-full" } },
  "postgres://u@h/d?sslrootcert=system": { tls: { mode: "verify-full", rootCertificate: "system" } },
  "postgres://u@h/d?ssl=true": { tls: { mode: "verify-full" } },
  "postgres://u@h/d?ssl=true&sslmode=verify-full": { tls: { mode: "verify-full" } },
  "postgres://u@h/d?ssl=false": { tls: { mode: "disable" } },
  "postgres://u@h/d?sslmode=verify-full&sslcert=%2Fc.pem&sslkey=/k.pem": {
    tls: { mode: "verify-full", certificate: "/c.pem", key: "/k.pem" }
  }
}

const percent = "(in a user or password / ? # @ : and % have to be percent-encoded)"

const bad: Readonly<Record<string, ReadonlyArray<string>>> = {
  "mysql://u:s3cret@h/d": ["read a value that is not shown, expected a postgres:// or postgresql:// URL"],
  "host=h user=u password=s3cret": ["read a value that is not shown, expected a postgres:// or postgresql:// URL"],
  "postgres://u@h/d?sslmode=on": [
    "sslmode: read on, expected disable | allow | prefer | require | verify-ca | verify-full"
  ],
  "postgres://u@h/d?sslmode=VERIFY-FULL": [
    "sslmode: read VERIFY-FULL, expected disable | allow | prefer | require | verify-ca | verify-full"
  ],
  "postgres://u@h/d?ssl=1": ["ssl: read 1, expected true | false"],
  "postgres://u@h/d?ssl=true&sslmode=require": [
    "ssl=true means sslmode=verify-full, and sslmode is require: expected one of the two"
  ],
  "postgres://u@h/d?sslmode=disable&sslmode=require": ["the parameter sslmode is given twice"],
  "postgres://u@h/d?sslrootcert=system&sslmode=require": [
    "sslrootcert=system is too weak with sslmode=require, expected sslmode=verify-full"
  ],
  "postgres://u@h/d?sslcert=/c.pem": ["sslcert, sslkey: read only one of the two, expected both or none"],
  "postgres://u@h/d?target_session_attrs=standby": [
    "target_session_attrs: read standby, expected any | read-write | primary"
  ],
  "postgres://u@h/d?channel_binding=require": ["channel_binding: read require, expected disable | prefer"],
  "postgres://u@h/d?connect_timeout=soon": ["connect_timeout: expected a whole number of seconds above 0"],
  "postgres://u@h/d?application_name=%ZZ": ["application_name: wrong percent-encoding"],
  "postgres://u:%E9@h/d": ["the password: wrong percent-encoding"],
  "postgres://u:s3%00cret@h/d": ["the password: wrong percent-encoding"],
  "postgres://u@h:0/d": [`a port is not a number from 1 to 65535 ${percent}`],
  "postgres://u@h:65536/d": [`a port is not a number from 1 to 65535 ${percent}`],
  "postgres://u:s3/cret@h/d": [`a port is not a number from 1 to 65535 ${percent}`],
  "postgres://u:s3@cret@h/d": [`a host is neither a name, an address nor a directory ${percent}`],
  "postgres://u@::1/d": [`a port is not a number from 1 to 65535 ${percent}`],
  "postgres://u@[1.2.3.4]/d": ["a host in brackets is not an IPv6 address"],
  "postgres://u@a:1,b:2/d?port=1,2,3": ["read 2 hosts and 3 ports, expected one port, or as many as hosts"]
}

describe("DATABASE_URL", () => {
  for (const [url, expected] of Object.entries(good)) {
    it(`CONTRACT DATABASE_URL: ${url}`, () => assert.deepStrictEqual(read(url), { ...meaning, ...expected }))
  }

  for (const [url, problems] of Object.entries(bad)) {
    it(`CONTRACT DATABASE_URL: ${url} is refused`, () => assert.deepStrictEqual(read(url), problems))
  }

  it("CONTRACT DATABASE_URL: a parameter that is not known is named, unless it may be a part of a password", () => {
    const problems = (url: string) =>
      String(read(url))
        .split(",")
        .filter((text) => text.includes("not known"))
    assert.deepStrictEqual(problems("postgres://u@h/d?SSLMODE=require"), ["the parameter SSLMODE is not known"])
    assert.deepStrictEqual(problems("postgres://u@h/d?pgbouncer=true"), ["the parameter pgbouncer is not known"])
    assert.deepStrictEqual(problems("postgres://u@h/d?s3%40cret@h=1"), ["a parameter that is not shown is not known"])
  })

  it("CONTRACT DATABASE_URL: a URL without a user means the user of the process, who must have a name", () => {
    const reading = readDatabaseUrl("postgres://h/d", "")
    assert.deepStrictEqual(reading, { problems: ["the user is missing"] })
  })

  it("CONTRACT DATABASE_URL: encryption without verification is warned of", () => {
    const warnings = (url: string) => {
      const reading = readDatabaseUrl(url, "me")
      return "problems" in reading ? assert.fail(String(reading.problems)) : reading.warnings.length
    }
    assert.strictEqual(warnings("postgres://u@h/d?sslmode=require"), 1)
    assert.strictEqual(warnings("postgres://u@h/d?sslmode=require&sslrootcert=/ca.pem"), 0)
    assert.strictEqual(warnings("postgres://u@/d?sslmode=require&host=/run/postgresql"), 0)
    assert.strictEqual(warnings("postgres://u@h/d?sslmode=verify-full"), 0)
  })
})
