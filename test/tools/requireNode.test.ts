import { assert, describe, it } from "@effect/vitest"

import { requireNode } from "../../tools/node/requireNode.ts"

describe("requireNode", () => {
  it("refuses a Node older than the engines of package.json, and says what to do", () => {
    for (const version of ["20.20.2", "22.18.9"]) {
      assert.throws(
        () => requireNode(version),
        `this is Node ${version}, and the tests need 22.19 or later. Run them by npm (npm test), ` +
          "or let the project's Node come first: export PATH=$PWD/node_modules/.bin:$PATH"
      )
    }
  })

  it("takes that one and all later ones", () => {
    for (const version of ["22.19.0", "22.20.1", "24.0.0", process.versions.node]) {
      assert.doesNotThrow(() => requireNode(version))
    }
  })
})
