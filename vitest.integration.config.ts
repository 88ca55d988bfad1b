import { defineConfig } from "vitest/config"

/** Tests on real parts, one file after the other: they share a broker and a database. */
export default defineConfig({
  test: {
    include: ["test/integration/**/*.test.ts"],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000
  }
})
