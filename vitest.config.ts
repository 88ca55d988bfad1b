import { availableParallelism } from "node:os"

import { defineConfig } from "vitest/config"

import { requireNode } from "./tools/node/requireNode.ts"

requireNode(process.versions.node)

/** What takes seconds: every crash point, every order of events, PGlite, processes of their own, contracts that wait in real time. */
const slow = [
  "test/programs/crash/**/*.test.ts",
  "test/programs/inbound/permutations.test.ts",
  "test/programs/intake/{startPermits,phoneTwice}.test.ts",
  "test/programs/outbound/journey.test.ts",
  "test/programs/actors/runDueWork.test.ts",
  "test/programs/upkeep/{sweepDefects,othersLatency}.test.ts",
  "test/layers/journal/**/*.test.ts",
  "test/layers/database/**/*.test.ts",
  "test/layers/kafka/memory/**/*.test.ts",
  "test/layers/servicenow/simulator.test.ts",
  "test/simulators/main.test.ts",
  "test/simulation/**/*.test.ts",
  "test/console/**/*.test.ts",
  "test/structure/patterns.test.ts",
  "test/demo/**/*.test.ts",
  "test/**/*.total.test.ts"
]
const never = ["test/integration/**", "node_modules/**"]

/** `npm test` runs what needs nothing but npm packages, `npm run test:fast` what of it takes less than a second a file. */
export default defineConfig({
  test: {
    // Loading the modules for each file anew takes longer than most files' tests.
    isolate: false,
    // Contracts and processes wait in real time, so a small machine has work for more workers than cores. Vitest takes one core fewer.
    maxWorkers: Math.max(3, availableParallelism()),
    setupFiles: ["test/support/compareErrors.ts"],
    // A passing test has nothing to say; what a failing one logged is shown.
    silent: "passed-only",
    testTimeout: 90_000,
    hookTimeout: 60_000,
    projects: [
      { extends: true, test: { name: "fast", include: ["test/**/*.test.ts"], exclude: [...never, ...slow] } },
      { extends: true, test: { name: "slow", include: slow, exclude: never } }
    ]
  }
})
