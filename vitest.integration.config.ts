import { defineConfig } from "vitest/config"

/** Tests on real parts, one file after the other: they share a broker and a database. */
export default defineConfig({
  test: {
    include: ["test/integration/**/*.test.ts"],
    fileParallelism: false,
    // A passing test has nothing to say; what a failing one logged is shown.
    silent: "passed-only",
    testTimeout: 120_000,
    hookTimeout: 120_000
  }
})
