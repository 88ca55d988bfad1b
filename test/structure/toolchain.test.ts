import { assert, describe, it } from "@effect/vitest"

import manifest from "../../package.json" with { type: "json" }
import { read } from "./projectFiles.ts"

describe("the toolchain", () => {
  it("has the same Node everywhere: the dev dependency, .nvmrc, CI's container", () => {
    const { node } = manifest.devDependencies
    assert.strictEqual(read(".nvmrc").trim(), node)
    assert.match(read(".github/workflows/ci.yml"), new RegExp(`^ {4}container: node:${node}-bookworm$`, "m"))
  })

  it("has exact versions of all packages", () => {
    const versions = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })
    assert.deepStrictEqual(
      versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version)),
      []
    )
  })

  it("installs the hook's program in the version that lefthook.yml demands", () => {
    const [, demanded] = /^min_version: (\S+)$/m.exec(read("lefthook.yml")) ?? []
    assert.strictEqual(manifest.devDependencies.lefthook, demanded)
  })
})
