import { dirname, join, matchesGlob } from "node:path"

import { assert, describe, it } from "@effect/vitest"

import { projectFiles, read } from "./projectFiles.ts"

const foldersOf = (path: string): ReadonlyArray<string> =>
  dirname(path) === "." ? [] : [dirname(path), ...foldersOf(dirname(path))]

const places = new Set(projectFiles.flatMap((path) => [path, ...foldersOf(path)]))
const baseNames = new Set(projectFiles.map((path) => path.slice(path.lastIndexOf("/") + 1)))

/** The kinds of files that name paths; each kind must name some. */
const kinds: Readonly<Record<string, RegExp>> = {
  documents: /\.md$/,
  code: /\.ts$/,
  scripts: /^\.ci\/run$|\.sh$/,
  containers: /^Dockerfile$|^docker-compose\.yml$|^otel-collector\.yaml$|^compose\//,
  packages: /^package\.json$|^knip\.json$/
}

const filesOf = (kind: RegExp) => projectFiles.filter((file) => kind.test(file))

/** From one of the project's own folders on: `/app/src/main.ts` of an image and `../src/App.ts` of an import begin elsewhere. */
const pathPattern =
  /(?<![\w@./{}$-])(?:\.\/)?((?:src|test|docs|tools|bench|simulators|demo|compose|fixtures|\.ci)\/[\w./*{},-]*)/g

/** `Context.Service<…>()("test/SqlFaults")` is an id, whose form is a path's. */
const idPattern = />\(\)\(\s*"[^"]*"/g

/** `{a,b}.ts` is two paths. */
const expanded = (path: string): ReadonlyArray<string> => {
  const [, before = "", choices, after = ""] = /^(.*?)\{([^}]*)\}(.*)$/.exec(path) ?? []
  return choices === undefined ? [path] : choices.split(",").flatMap((choice) => expanded(before + choice + after))
}

/** The text's paths, without the punctuation that ends a sentence. */
const pathsIn = (text: string): ReadonlyArray<string> =>
  [...text.replaceAll(idPattern, "").matchAll(pathPattern)]
    .flatMap(([, path = ""]) => expanded(path))
    .map((path) => path.replace(/[.,/{}-]+$/, ""))

/** Comments call a folder's README without its `.md`. */
const exists = (path: string): boolean =>
  path.includes("*")
    ? projectFiles.some((file) => matchesGlob(file, path))
    : places.has(path) || (path.endsWith("/README") && places.has(`${path}.md`))

const withoutCode = (markdown: string) => markdown.replaceAll(/^```[^]*?^```/gm, "").replaceAll(/`[^`\n]*`/g, "")

/** Where a relative link of a document leads: a path, and an anchor where it has one. */
const linksIn = (file: string): ReadonlyArray<readonly [path: string, anchor: string | undefined]> =>
  [...withoutCode(read(file)).matchAll(/\]\(([^()\s]+)\)/g)].flatMap(([, target = ""]) => {
    if (/^[a-z]+:/.test(target)) return []
    const [path = "", anchor] = target.split("#")
    return [[path === "" ? file : join(dirname(file), path).replace(/\/$/, ""), anchor] as const]
  })

/** GitHub's: lower case, no punctuation, a hyphen for each space; the second of one name has `-1`. */
const anchorsOf = (file: string): ReadonlySet<string> => {
  const anchors = new Set<string>()
  for (const [, title = ""] of read(file)
    .replaceAll(/^```[^]*?^```/gm, "")
    .matchAll(/^#+ (.*)$/gm)) {
    const plain = title.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase()
    const anchor = plain.replaceAll(/[^\p{L}\p{N}\p{M} _-]/gu, "").replaceAll(" ", "-")
    let repeated = anchor
    for (let count = 1; anchors.has(repeated); count++) repeated = `${anchor}-${count}`
    anchors.add(repeated)
  }
  return anchors
}

describe("paths", () => {
  for (const [name, kind] of Object.entries(kinds)) {
    it(`every path that ${name} name exists`, () => {
      const named = filesOf(kind).flatMap((file) => pathsIn(read(file)).map((path) => ({ file, path })))
      assert.isAbove(named.length, 0)
      assert.deepStrictEqual(
        named.filter(({ path }) => !exists(path)),
        []
      )
    })
  }

  it("every `Something.ts` that a document names exists somewhere", () => {
    const named = filesOf(/\.md$/).flatMap((file) =>
      [...read(file).matchAll(/`([\w-]+(?:\.test)?\.ts)`/g)].map(([, name = ""]) => ({ file, name }))
    )
    assert.isAbove(named.length, 0)
    assert.deepStrictEqual(
      named.filter(({ name }) => !baseNames.has(name)),
      []
    )
  })

  it("every relative link of a document leads to a file, and its anchor to a heading there", () => {
    const links = filesOf(/\.md$/).flatMap((file) => linksIn(file).map(([path, anchor]) => ({ file, path, anchor })))
    assert.isAbove(links.length, 0)
    const leadsNowhere = ({ anchor, path }: (typeof links)[number]) =>
      !places.has(path) || (anchor !== undefined && !anchorsOf(path).has(anchor))
    assert.deepStrictEqual(links.filter(leadsNowhere), [])
  })
})
