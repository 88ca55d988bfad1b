import { dirname, join } from "node:path"

import { parseSync } from "oxc-parser"

import { projectFiles, read } from "./projectFiles.ts"

/** One file of `src`: its exports, and the files that it imports, including types and dynamic imports. */
export interface SourceModule {
  readonly file: string
  readonly exports: ReadonlySet<string>
  readonly imports: ReadonlyArray<string>
}

const moduleOf = (file: string): SourceModule => {
  const text = read(file)
  const { dynamicImports, staticExports, staticImports } = parseSync(file, text).module
  const entries = staticExports.flatMap((statement) => statement.entries)
  const named = entries.flatMap(({ exportName }) => (exportName.kind === "Name" ? [exportName.name ?? ""] : []))
  const requested = [
    ...staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...entries.flatMap(({ moduleRequest }) => moduleRequest?.value ?? []),
    ...dynamicImports.map(({ moduleRequest: { end, start } }) => text.slice(start, end).replaceAll(/["']/g, ""))
  ]
  const relative = requested.filter((request) => request.startsWith("."))
  return { file, exports: new Set(named), imports: relative.map((request) => join(dirname(file), request)) }
}

/** Every file of `src`. */
export const sourceModules: ReadonlyArray<SourceModule> = projectFiles
  .filter((file) => /^src\/.*\.ts$/.test(file))
  .map(moduleOf)
