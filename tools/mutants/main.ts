import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { cpSync, globSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, matchesGlob } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { parseArgs } from "node:util"

import { type Mutant, mutantsOf } from "./mutantsOf.ts"
import { makeRelatedTests } from "./relatedTests.ts"
import type { Reply, Request } from "./runner.ts"

const promises = ["src/programs", "src/domain/communication", "src/layers/journal", "src/layers/servicenow"]

const help = `Whether the tests notice a wrong line: each mutant is the code with one change, and some test must fail.

  npm run mutants -- [PATH …] [--list] [--only FILE:LINE] [--sample N --seed S] [--tests GLOB] [--bound SECONDS] [--workers N]

  PATH …           files or folders of src; without: ${promises.join(", ")}
  --list           prints the mutants and runs nothing
  --only FILE:LINE only the mutants of this line; may be repeated
  --sample N       N of the mutants, drawn by --seed (1)
  --tests GLOB     only these of the tests that load the file, directly or through others
  --bound SECONDS  for one mutant (600); a mutant that takes longer counts as noticed
  --workers N      of vitest (2)

The tests run in a copy of the tree. tools/mutants/argued.json has the survivors that are harmless, and why.
Exits with 1 when another one survives, or when an argued one is not there or was killed.
`

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    list: { type: "boolean", default: false },
    only: { type: "string", multiple: true, default: [] },
    sample: { type: "string" },
    seed: { type: "string", default: "1" },
    tests: { type: "string", default: "**" },
    bound: { type: "string", default: "600" },
    workers: { type: "string", default: "2" },
    help: { type: "boolean", default: false }
  }
})

/** A harmless survivor: its file, its line's text, its change as printed, and why no test can or need notice it. */
interface Argued {
  readonly file: string
  readonly text: string
  readonly change: string
  readonly reason: string
}

const print = (line: string) => void process.stdout.write(`${line}\n`)
const placeOf = ({ change, file, line }: Mutant) => `${file}:${line}  ${change}`

/** Draws without replacement, in the order of the text. Equal seeds draw the same. */
const sampled = <A>(all: ReadonlyArray<A>, count: number, seed: number): ReadonlyArray<A> => {
  let state = seed
  const next = () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0)
  const drawn = all.map((item, index) => ({ item, index, by: next() }))
  const first = drawn.toSorted((a, b) => a.by - b.by).slice(0, count)
  return first.toSorted((a, b) => a.index - b.index).map(({ item }) => item)
}

const selected = (): ReadonlyArray<Mutant> => {
  const only = values.only.map((place) => place.split(":"))
  const paths = positionals.length > 0 ? positionals : only.length > 0 ? only.map(([file = ""]) => file) : promises
  const files = new Set(
    paths.flatMap((path) => (path.endsWith(".ts") ? [path] : globSync(`${path}/**/*.ts`).toSorted()))
  )
  const all = [...files].flatMap((file) => mutantsOf(file, readFileSync(file, "utf8")))
  const wanted = all.filter(
    ({ file, line }) => only.length === 0 || only.some(([path, at]) => path === file && Number(at) === line)
  )
  return values.sample === undefined ? wanted : sampled(wanted, Number(values.sample), Number(values.seed))
}

const timedOut = "no test: its time was over"

const outcomeOf = (killer: string | undefined, isArgued: boolean) => {
  if (killer === undefined) return isArgued ? "argued" : "survived"
  return killer === timedOut ? "timed out" : "killed"
}

/** Runs test files in the copy, in one vitest process that is reused until one hangs. */
class Runner {
  private child: ChildProcess | undefined
  private readonly root: string

  constructor(root: string) {
    this.root = root
  }

  async run(request: Request): Promise<Reply> {
    if (this.child === undefined) {
      const env = { ...process.env, MUTANTS_WORKERS: values.workers }
      this.child = fork(join(import.meta.dirname, "runner.ts"), { cwd: this.root, detached: true, env })
      await once(this.child, "message")
    }
    const replied = once(this.child, "message")
    const over = new AbortController()
    this.child.send(request)
    const late = sleep(1000 * Number(values.bound), "late" as const, { signal: over.signal }).catch(
      () => "late" as const
    )
    const first = await Promise.race([replied, late])
    over.abort()
    if (first !== "late") return first[0]
    this.stop()
    return { killer: timedOut }
  }

  /** Kills it with its workers, which may be in an endless loop. */
  stop(): void {
    if (this.child?.pid !== undefined) process.kill(-this.child.pid, "SIGKILL")
    this.child = undefined
  }
}

const isOf = ({ change, file, text }: Argued, mutant: Mutant) =>
  file === mutant.file && text === mutant.text && change === mutant.change

/** Arguments about lines that have changed since. They must be removed, or argued again. */
const outdated = (argued: ReadonlyArray<Argued>): ReadonlyArray<Argued> =>
  argued.filter((one) => !mutantsOf(one.file, readFileSync(one.file, "utf8")).some((mutant) => isOf(one, mutant)))

const runAll = async (mutants: ReadonlyArray<Mutant>, argued: ReadonlyArray<Argued>): Promise<boolean> => {
  const root = mkdtempSync(join(tmpdir(), "mutants-"))
  const runner = new Runner(root)
  const cleanUp = () => {
    runner.stop()
    rmSync(root, { recursive: true })
  }
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      cleanUp()
      process.exit(1)
    })
  }
  const relatedTests = makeRelatedTests(globSync("{src,test,simulators}/**/*.ts"))
  const isWanted = (test: string) => matchesGlob(test, values.tests)
  const killers = new Map<string, ReadonlyArray<string>>()
  const isArgued = (mutant: Mutant) => argued.some((one) => isOf(one, mutant))
  const counts = { killed: 0, "timed out": 0, argued: 0, survived: 0 }
  let wronglyArgued = 0
  /** Tries the killers of the file's last mutants first, because they are likely to kill the next one too. */
  const killerOf = async ({ file }: Mutant) => {
    const { far, near } = relatedTests(file)
    const recent = killers.get(file) ?? []
    const others = (tests: ReadonlyArray<string>) => tests.filter((test) => isWanted(test) && !recent.includes(test))
    for (const tests of [[...recent, ...others(near)], others(far)]) {
      if (tests.length === 0) continue
      const { killer } = await runner.run({ changed: file, tests })
      if (killer === undefined) continue
      const [test = ""] = killer.split(" > ")
      if (test.endsWith(".ts")) killers.set(file, [test, ...recent.filter((other) => other !== test)].slice(0, 3))
      return killer
    }
    return undefined
  }
  try {
    cpSync(".", root, { recursive: true, filter: (path) => !/^(\.git|node_modules|data|coverage)(\/|$)/.test(path) })
    symlinkSync(realpathSync("node_modules"), join(root, "node_modules"))
    const related = [...new Set(mutants.map(({ file }) => file))].map(relatedTests)
    const tests = [...new Set(related.flatMap(({ far, near }) => near.concat(far)))].filter(isWanted)
    const { killer: failing } = await runner.run({ changed: "package.json", tests })
    if (failing !== undefined) throw new Error(`the code as it is: ${failing}`)
    print(`${mutants.length} mutants, ${tests.length} files of tests, which the code passes as it is`)
    for (const [index, mutant] of mutants.entries()) {
      const path = join(root, mutant.file)
      const original = readFileSync(path)
      const began = performance.now()
      writeFileSync(path, mutant.source)
      const killer = await killerOf(mutant)
      writeFileSync(path, original)
      const outcome = outcomeOf(killer, isArgued(mutant))
      counts[outcome]++
      if (killer !== undefined && isArgued(mutant)) wronglyArgued++
      const seconds = ((performance.now() - began) / 1000).toFixed(0)
      print(
        `${index + 1}/${mutants.length} ${outcome} (${seconds} s)  ${placeOf(mutant)}${killer === undefined ? "" : `\n    by ${killer}`}`
      )
    }
  } finally {
    cleanUp()
  }
  const summary = Object.entries(counts).map(([outcome, count]) => `${count} ${outcome}`)
  print(`${mutants.length} mutants: ${summary.join(", ")}; ${wronglyArgued} of the argued ones killed`)
  const old = outdated(argued)
  for (const { change, file, text } of old) print(`argued, but not there: ${file}  ${text}  ${change}`)
  return counts.survived + wronglyArgued + old.length === 0
}

if (values.help) {
  process.stdout.write(help)
} else {
  const mutants = selected()
  const argued: ReadonlyArray<Argued> = JSON.parse(readFileSync(join(import.meta.dirname, "argued.json"), "utf8"))
  if (values.list) for (const mutant of mutants) print(placeOf(mutant))
  else process.exitCode = (await runAll(mutants, argued)) ? 0 : 1
}
