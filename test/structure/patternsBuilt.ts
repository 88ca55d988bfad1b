import { resolve } from "node:path"
import { pathToFileURL } from "node:url"

/**
 * A program that loads the files named by its arguments, and prints as JSON the patterns that they have built with
 * `new RegExp(…)`, at the top level or in a call. It is a separate process, because a loaded module does not build them again.
 */
const built: Array<{ readonly file: string; readonly pattern: string; readonly flags: string }> = []
const files = process.argv.slice(2).map((file) => ({ file, url: pathToFileURL(resolve(file)).href }))

globalThis.RegExp = new Proxy(RegExp, {
  construct: (target, args: ConstructorParameters<typeof RegExp>, newTarget) => {
    const made: RegExp = Reflect.construct(target, args, newTarget)
    // The stack frame of the caller, because packages build patterns too.
    const caller = new Error("where").stack?.split("\n")[2] ?? ""
    const from = files.find(({ url }) => caller.includes(url))
    if (from !== undefined) built.push({ file: from.file, pattern: made.source, flags: made.flags })
    return made
  }
})

for (const { url } of files) await import(url)
// The only pattern that is built in a call.
const { makeHideText } = await import("../../src/domain/personal/hideFields.ts")
makeHideText(["Maria José da Silva", "maria@exemplo.com.br"])
process.stdout.write(JSON.stringify(built))
