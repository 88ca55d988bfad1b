import { defineConfig } from "vitest/config"

/** `npm test` runs what needs nothing but npm packages; `vitest.integration.config.ts` runs the rest. */
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/integration/**", "node_modules/**"],
    // A passing test has nothing to say; what a failing one logged is shown.
    silent: "passed-only",
    testTimeout: 30_000,
    hookTimeout: 60_000
  }
})
