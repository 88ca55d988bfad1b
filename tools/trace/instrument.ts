import { readFileSync } from "node:fs"
import { registerHooks } from "node:module"
import { relative } from "node:path"
import { fileURLToPath } from "node:url"

import { parseSync } from "oxc-parser"

/** A function of `src`: its file, and the names that enclose it. */
export interface Place {
  readonly file: string
  readonly name: string
}

type Node = { readonly type: string; readonly start: number; readonly end: number; readonly [key: string]: unknown }

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && typeof (value as Node).type === "string"

const nameOf = ({ id, key }: Node): string | undefined => {
  const named = isNode(id) ? id : key
  return isNode(named) && typeof named.name === "string" ? named.name : undefined
}

const places: Array<Place> = []
let entered: ((place: Place) => void) | undefined

/** Calls `onEntry` for each function of `src` that is entered from now on. */
export const listen = (onEntry: typeof entered): void => {
  entered = onEntry
}

/** Only a generator's first step is an entry, not its resumption. */
const instrumented = (file: string, source: string): string => {
  const inserts: Array<readonly [number, string]> = []
  const visit = (node: Node, names: ReadonlyArray<string>): void => {
    const name = nameOf(node)
    const within = name === undefined ? names : [...names, name]
    const { body } = node
    if (/Function|ArrowFunctionExpression/.test(node.type) && isNode(body)) {
      const call = `globalThis.__entered(${places.length})`
      places.push({ file, name: within.join(".") })
      if (body.type === "BlockStatement" || body.type === "FunctionBody") inserts.push([body.start + 1, `${call};`])
      else inserts.push([body.start, `(${call},(`], [body.end, "))"])
    }
    for (const value of Object.values(node)) {
      for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) visit(child, within)
    }
  }
  visit(parseSync(file, source).program as unknown as Node, [])
  return inserts
    .toSorted(([a], [b]) => b - a)
    .reduce((text, [at, insert]) => text.slice(0, at) + insert + text.slice(at), source)
}

/** Loads each later module of `src` under `root` with a call at the start of each of its functions. */
export const instrument = (root: string): void => {
  Object.assign(globalThis, { __entered: (index: number) => entered?.(places[index]!) })
  registerHooks({
    load(url, context, nextLoad) {
      if (!url.startsWith("file:")) return nextLoad(url, context)
      const file = relative(root, fileURLToPath(url))
      if (!file.startsWith("src/")) return nextLoad(url, context)
      const source = instrumented(file, readFileSync(fileURLToPath(url), "utf8"))
      return { format: "module-typescript", source, shortCircuit: true }
    }
  })
}
