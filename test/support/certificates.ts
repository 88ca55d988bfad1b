import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

import { Effect } from "effect"

const openssl = (dir: string, ...args: ReadonlyArray<string>) =>
  execFileSync("openssl", args, { cwd: dir, stdio: ["ignore", "ignore", "pipe"] })

/** An authority with a certificate for 127.0.0.1 and one for a client, as PEM files in a directory of their own. */
const issue = (dir: string) => {
  const key = ["-newkey", "rsa:2048", "-nodes"]
  openssl(dir, "req", "-x509", ...key, "-days", "2", "-subj", "/CN=authority", "-keyout", "ca.key", "-out", "ca.pem")
  for (const [name, extension] of [
    ["broker", "subjectAltName=IP:127.0.0.1"],
    ["client", "extendedKeyUsage=clientAuth"]
  ] as const) {
    writeFileSync(join(dir, `${name}.ext`), extension)
    openssl(dir, "req", ...key, "-subj", `/CN=${name}`, "-keyout", `${name}.key`, "-out", `${name}.csr`)
    const authority = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2"]
    openssl(dir, "x509", "-req", "-in", `${name}.csr`, ...authority, "-extfile", `${name}.ext`, "-out", `${name}.pem`)
  }
  const path = (file: string) => join(dir, file)
  // Java reads a key and its certificate from one file.
  writeFileSync(
    path("broker.both"),
    readFileSync(path("broker.key"), "utf8") + readFileSync(path("broker.pem"), "utf8")
  )
  return { path, text: (file: string) => readFileSync(path(file), "utf8") }
}

/** Needs `openssl`. */
export const certificates = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "certificates-"))),
    (dir) => Effect.sync(() => rmSync(dir, { recursive: true, force: true }))
  ),
  issue
)
