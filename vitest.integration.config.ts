import { defineConfig } from "vitest/config"

import { requireNode } from "./tools/node/requireNode.ts"

requireNode(process.versions.node)

/** Tests on real parts, one file after the other: they share a broker and a database. */
export default defineConfig({
  test: {
    include: ["test/integration/**/*.test.ts"],
    fileParallelism: false,
    setupFiles: ["test/support/compareErrors.ts"],
    // A passing test has nothing to say; what a failing one logged is shown.
    silent: "passed-only",
    testTimeout: 120_000,
    hookTimeout: 120_000
  }
})
