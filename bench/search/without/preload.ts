import { registerHooks } from "node:module"

/** The modules of the service that fill the search index, and their replacements. */
const replaced = [
  ["/src/layers/journal/searchRows.ts", "rows.ts"],
  ["/src/layers/database/indexes.ts", "indexes.ts"],
  ["/src/domain/views/Listing.ts", "listing.ts"],
  ["/src/domain/search/SearchTerm.ts", "terms.ts"],
  ["/src/programs/upkeep/SearchFill.ts", "filling.ts"]
] as const

/** Makes the service run without a search index. A replacement may still import the module that it replaces. */
registerHooks({
  resolve: (specifier, context, next) => {
    const found = next(specifier, context)
    const other = replaced.find(([module]) => found.url.endsWith(module))
    return other === undefined || context.parentURL?.startsWith(new URL(".", import.meta.url).href) === true
      ? found
      : { ...found, url: new URL(other[1], import.meta.url).href }
  }
})
