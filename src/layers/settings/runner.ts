import { networkInterfaces, type NetworkInterfaceInfo } from "node:os"

import { Effect } from "effect"

import { integer, type Parser } from "./parsers.ts"
import type { Reader } from "./Reader.ts"

type Interfaces = Readonly<Record<string, ReadonlyArray<NetworkInterfaceInfo> | undefined>>

/** The first address that others can reach: of IPv4, else of IPv6 and no link-local one. */
export const firstAddress = (interfaces: Interfaces): string | undefined => {
  const outside = Object.values(interfaces)
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal }) => !internal)
  const chosen =
    outside.find(({ family }) => family === "IPv4") ?? outside.find(({ address }) => !address.startsWith("fe80:"))
  return chosen?.address
}

/** Where the other replicas reach this one; `auto` is this machine's first address that is not loopback. */
const host: Parser<string> = {
  expected: "a host name or address, or auto where the machine has an address that is not loopback",
  parse: (value) => {
    if (value === "auto") return firstAddress(networkInterfaces())
    return /^[^\s/@]+$/.test(value) ? value : undefined
  }
}

/** `RUNNER_HOST` and `RUNNER_PORT`: both or none, and only with a database that several processes can reach. */
export const readRunner = Effect.fnUntraced(function* (reader: Reader, shared: boolean) {
  const problems = reader.problems.length
  const found = {
    host: yield* reader.optional("RUNNER_HOST", host),
    port: yield* reader.optional("RUNNER_PORT", integer(1, 65_535))
  }
  if (reader.problems.length > problems) return {}
  if ((found.host === undefined) !== (found.port === undefined)) {
    reader.problems.push("RUNNER_HOST, RUNNER_PORT: read only one of the two, expected both or none")
  }
  if (found.host === undefined || found.port === undefined) return {}
  if (!shared) reader.problems.push("DATABASE_URL: missing, expected with RUNNER_HOST and RUNNER_PORT")
  return { runner: { host: found.host, port: found.port } }
})
