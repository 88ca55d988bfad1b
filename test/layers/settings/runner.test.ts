import { assert, describe, it } from "@effect/vitest"

import { firstAddress } from "../../../src/layers/settings/SettingsEnv.ts"

const at = (address: string, family: "IPv4" | "IPv6", internal = false) => ({
  address,
  family,
  internal,
  netmask: "",
  mac: "",
  cidr: null,
  ...(family === "IPv6" && { scopeid: 0 })
})

const interfaces = (...addresses: ReadonlyArray<ReturnType<typeof at>>) =>
  ({ lo: [at("127.0.0.1", "IPv4", true)], eth0: addresses }) as Parameters<typeof firstAddress>[0]

describe("RUNNER_HOST=auto", () => {
  it("CONTRACT RUNNER_HOST: the first address that is not loopback, IPv4 before IPv6", () => {
    const found = firstAddress(interfaces(at("2001:db8::1", "IPv6"), at("10.0.0.7", "IPv4"), at("10.0.0.8", "IPv4")))
    assert.strictEqual(found, "10.0.0.7")
  })
  it("CONTRACT RUNNER_HOST: other replicas cannot reach a link-local address", () => {
    assert.strictEqual(firstAddress(interfaces(at("fe80::1", "IPv6"), at("2001:db8::1", "IPv6"))), "2001:db8::1")
    assert.isUndefined(firstAddress(interfaces(at("fe80::1", "IPv6"))))
  })
  it("CONTRACT RUNNER_HOST: a machine with loopback alone has none", () => {
    assert.isUndefined(firstAddress(interfaces()))
  })
})
