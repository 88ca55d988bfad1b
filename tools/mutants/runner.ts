import { join } from "node:path"

import { BaseSequencer, createVitest, type TestModule, type TestSpecification } from "vitest/node"

/** Asks to run these test files of the working directory. `changed` is the file that was changed. */
export interface Request {
  readonly changed: string
  readonly tests: ReadonlyArray<string>
}

/** `killer` is the first test that failed. `undefined` if all passed. */
export interface Reply {
  readonly killer: string | undefined
}

/** Keeps the requested order. */
class AsAsked extends BaseSequencer {
  override sort(specifications: Array<TestSpecification>) {
    return Promise.resolve(specifications)
  }
}

const failureIn = (module: TestModule): string | undefined => {
  for (const test of module.children.allTests("failed")) return `${module.relativeModuleId} > ${test.fullName}`
  return module.state() === "failed" ? `${module.relativeModuleId} > (does not load)` : undefined
}

const vitest = await createVitest({
  watch: false,
  bail: 1,
  maxWorkers: Number(process.env.MUTANTS_WORKERS ?? 2),
  sequence: { sequencer: AsAsked },
  reporters: [{}]
})
await vitest.standalone()
const specifications = await vitest.globTestSpecifications()

/** The file of the last request, which has been restored since. */
let restored: string | undefined

process.on("message", async ({ changed, tests }: Request) => {
  for (const file of new Set([changed, restored ?? changed])) vitest.invalidateFile(join(process.cwd(), file))
  restored = changed
  // Failures from the last mutant would end this run.
  vitest.state.filesMap.clear()
  vitest.state.idMap.clear()
  const wanted = tests.flatMap((test) =>
    specifications.filter(({ moduleId }) => moduleId === join(process.cwd(), test))
  )
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(wanted)
  const [killer = unhandledErrors.length > 0 ? "an unhandled error" : undefined] = testModules.flatMap(
    (module) => failureIn(module) ?? []
  )
  process.send?.({ killer } satisfies Reply)
})
process.send?.("ready")
