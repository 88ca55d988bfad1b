import { dirname, join, matchesGlob } from "node:path"

import { assert, describe, it } from "@effect/vitest"
import { parseSync } from "oxc-parser"

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
  workflows: /^\.github\//,
  containers: /^Dockerfile$|^docker-compose\.yml$|^otel-collector\.yaml$|^compose\/|^deploy\//,
  packages: /^package\.json$|^knip\.json$/,
  linter: /^\.oxlintrc\.json$/
}

const filesOf = (kind: RegExp) => projectFiles.filter((file) => kind.test(file))

/** A path that begins with one of the project's own folders, unlike `/app/src/main.ts` of an image and `../src/App.ts` of an import. */
const pathPattern =
  /(?<![\w@./{}$-])(?:\.\/)?((?:src|test|docs|tools|bench|simulators|demo|examples|compose|deploy|fixtures|\.ci|\.github|\.vscode)\/[\w./*{},-]*)/g

/** `Context.Service<…>()("test/SqlFaults")` has an id that looks like a path. */
const idPattern = />\(\)\(\s*"[^"]*"/g

/** `{a,b}.ts` is two paths. */
const expanded = (path: string): ReadonlyArray<string> => {
  const [, before = "", choices, after = ""] = /^(.*?)\{([^}]*)\}(.*)$/.exec(path) ?? []
  return choices === undefined ? [path] : choices.split(",").flatMap((choice) => expanded(before + choice + after))
}

/** The paths in a text, without the punctuation at the end of a sentence. */
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

/** The targets of a document's relative links: a path, and an anchor if there is one. */
const linksIn = (file: string): ReadonlyArray<readonly [path: string, anchor: string | undefined]> =>
  [...withoutCode(read(file)).matchAll(/\]\(([^()\s]+)\)/g)].flatMap(([, target = ""]) => {
    if (/^[a-z]+:/.test(target)) return []
    const [path = "", anchor] = target.split("#")
    return [[path === "" ? file : join(dirname(file), path).replace(/\/$/, ""), anchor] as const]
  })

/** GitHub's anchors: lower case, no punctuation, a hyphen for each space, and `-1` for the second heading of one name. */
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

/** Each file of code with its comments, each as one line, because a citation may span two lines. */
const commented = filesOf(/\.ts$/).map((file) => ({
  file,
  comments: parseSync(file, read(file)).comments.map(({ value }) => value.replaceAll(/\n\s*\*?\s*/g, " "))
}))

/** The texts of a code file that may cite: its comments, and in a test also the titles, which are strings. */
const textsOf = ({ comments, file }: (typeof commented)[number]): ReadonlyArray<string> => {
  const strings = file.startsWith("test/") ? (read(file).match(/"[^"\n]*"|`[^`]*`/g) ?? []) : []
  return [...comments, ...strings]
}

/** Everything that the code cites, with the citing file. */
const citedBy = (cited: (text: string) => ReadonlyArray<string>) =>
  commented.flatMap((one) => textsOf(one).flatMap((text) => cited(text).map((name) => ({ file: one.file, name }))))

/** `Actors` of `DESIGN "Actors"`, and of the title `DESIGN Actors: …`. */
const designIn = (text: string): ReadonlyArray<string> =>
  [...text.matchAll(/\bDESIGN (?:"([^"]*)"|([A-Z][^:"]*):)/g)].map(([, quoted, titled]) => quoted ?? titled ?? "")

/** `5.3` and `8` of `SPEC 5.3, 8`; `6.1` and `6.3` of `SPEC 6.1–6.3`. */
const clausesIn = (text: string): ReadonlyArray<string> =>
  [...text.matchAll(/\bSPEC (\d+(?:\.\d+)?(?:(?:, | and |–)\d+\.\d+)*)/g)].flatMap(([, list = ""]) =>
    list.split(/, | and |–/)
  )

const headings = (file: string): ReadonlySet<string> =>
  new Set([...read(file).matchAll(/^##+ (.*)$/gm)].map(([, heading = ""]) => heading))

/** The clauses of docs/spec.md, and the sections that hold them. */
const clauses = new Set(
  [...read("docs/spec.md").matchAll(/^(?:\*\*|## )(\d+(?:\.\d+)?)\b/gm)].map(([, number]) => number)
)

/** The parts of titles that the table of tests in docs/kafka.md quotes. */
const quotedTitles = (): ReadonlyArray<string> => {
  const [, section = ""] = read("docs/kafka.md").split("\n## What is tested where\n")
  const [table = ""] = section.split("\n## ")
  return [...table.matchAll(/"([^"]+)"/g)].map(([, quoted = ""]) => quoted)
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

  it("every file that a comment names exists", () => {
    const named = commented.flatMap(({ comments, file }) =>
      comments.flatMap((text) =>
        [...text.matchAll(/(?<![\w./*}{-])((?:[\w-]+\/)*[\w-]+(?:\.test)?\.ts)\b/g)].map(([, name = ""]) => ({
          file,
          name
        }))
      )
    )
    assert.isAbove(named.length, 0)
    assert.deepStrictEqual(
      named.filter(({ name }) => !projectFiles.some((file) => `/${file}`.endsWith(`/${name}`))),
      []
    )
  })

  it("every folder that tsconfig.json includes exists", () => {
    const { include }: { readonly include: ReadonlyArray<string> } = JSON.parse(read("tsconfig.json"))
    assert.isAbove(include.length, 0)
    assert.deepStrictEqual(
      include.filter((path) => !places.has(path)),
      []
    )
  })

  it("every section of docs/design.md that the code cites is a heading there", () => {
    const cited = citedBy(designIn)
    const known = headings("docs/design.md")
    assert.isAbove(cited.length, 0)
    assert.deepStrictEqual(
      cited.filter(({ name }) => !known.has(name)),
      []
    )
  })

  it("every clause of docs/spec.md that the code cites is there", () => {
    const cited = citedBy(clausesIn)
    assert.isAbove(cited.length, 0)
    assert.deepStrictEqual(
      cited.filter(({ name }) => !clauses.has(name)),
      []
    )
  })

  it("every title of a test that docs/kafka.md quotes is in a test", () => {
    const titles = filesOf(/^test\/.*\.ts$/)
      .map(read)
      .join("\n")
    const quoted = quotedTitles()
    assert.isAbove(quoted.length, 0)
    assert.deepStrictEqual(
      quoted.filter((title) => !titles.includes(title)),
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
