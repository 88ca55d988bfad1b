import { readFileSync } from "node:fs"

import { assert, describe, it } from "@effect/vitest"

const dockerfile = readFileSync("Dockerfile", "utf8")
const { devDependencies, scripts } = JSON.parse(readFileSync("package.json", "utf8"))
const instructions = (word: string) =>
  dockerfile.split("\n").flatMap((line) => (line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : []))

describe("Dockerfile", () => {
  it("runs the Node that the tests run, of no development package", () => {
    const images = instructions("FROM").filter((from) => from.startsWith("node:"))
    assert.deepStrictEqual(
      [...new Set(images.map((image) => image.split(" ")[0]))],
      [`node:${devDependencies.node}-bookworm-slim`]
    )
    assert.include(instructions("RUN").join("\n"), "npm ci --omit=dev")
  })

  it("starts what npm starts, as a process of its own that signals reach, and not as root", () => {
    assert.deepStrictEqual(
      instructions("CMD").map((command) => JSON.parse(command).join(" ")),
      [scripts.simulators, scripts.start]
    )
    assert.deepStrictEqual(instructions("USER"), ["node"])
  })

  it("CONTRACT DATABASE_URL: refuses to start without a database, which would be gone with the container", () => {
    assert.include(instructions("ENV"), "NODE_ENV=production")
    assert.isEmpty(instructions("ENV").filter((variable) => /^(?:DATA_DIR|DATABASE_URL)=/.test(variable)))
  })

  it("finds in its context what it copies, and nothing else is in it", () => {
    const [first, ...others] = readFileSync(".dockerignore", "utf8").trim().split("\n")
    const copied = instructions("COPY").flatMap((line) => {
      const words = line.split(" ")
      return words[0]?.startsWith("--from=") ? [] : words.slice(0, -1)
    })
    assert.strictEqual(first, "*")
    assert.deepStrictEqual(others.sort(), [...new Set(copied)].map((path) => `!${path}`).sort())
  })
})
