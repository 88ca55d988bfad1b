import manifest from "../../package.json" with { type: "json" }

const numbers = (text: string): ReadonlyArray<number> => (text.match(/\d+/g) ?? []).map(Number)

/**
 * Throws on a Node that is older than `engines` of package.json. Vitest starts on such a Node, and then single tests
 * fail because functions are missing.
 */
export const requireNode = (version: string): void => {
  const needed = numbers(manifest.engines.node)
  const found = numbers(version)
  const place = needed.findIndex((number, at) => number !== found[at])
  if (place === -1 || (found[place] ?? 0) > (needed[place] ?? 0)) return
  throw new Error(
    `this is Node ${version}, and the tests need ${needed.join(".")} or later. Run them by npm (npm test), ` +
      "or let the project's Node come first: export PATH=$PWD/node_modules/.bin:$PATH"
  )
}
