import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { brotliCompressSync, constants, gzipSync } from "node:zlib"

const root = fileURLToPath(new URL("../../console/", import.meta.url))
const out = join(root, "dist")

/** Compressing smaller files is not worth a header. Fonts are compressed already. */
const isWorthIt = (path: string, bytes: Uint8Array) => bytes.length >= 512 && !path.endsWith(".woff2")

/** Writes `FILE.br` and `FILE.gz` beside each file, so that the service compresses nothing while it runs. */
const compressAll = () => {
  for (const entry of readdirSync(out, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const bytes = readFileSync(path)
    if (!isWorthIt(path, bytes)) continue
    const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } }
    writeFileSync(`${path}.br`, brotliCompressSync(bytes, quality))
    writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }))
  }
}

const developmentPackages = async () => {
  const { build } = await import("vite")
  const { manualHtml } = await import("./manualHtml.ts")
  return { build, manualHtml }
}

const isMissingPackage = (error: unknown) =>
  error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND"

/**
 * Builds the console into `console/dist`. npm calls it after every installation (`prepare`). It builds nothing without
 * the development packages, or in a folder with only the service.
 */
const main = async () => {
  if (!existsSync(join(root, "index.html"))) return
  const packages = await developmentPackages().catch((error: unknown) => {
    if (isMissingPackage(error)) return undefined
    throw error
  })
  if (packages === undefined) {
    process.stderr.write("console: not built, because the development packages are not installed\n")
    return
  }
  const { build, manualHtml } = packages
  await build({
    root,
    configFile: false,
    logLevel: "error",
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    plugins: [
      {
        name: "manual",
        enforce: "pre",
        transform: (source, id) =>
          id.endsWith(".md") ? { code: `export default ${JSON.stringify(manualHtml(source))}`, map: null } : undefined
      }
    ],
    build: {
      outDir: out,
      emptyOutDir: true,
      target: "es2022",
      modulePreload: { polyfill: false },
      // The page's policy forbids `data:` in styles and fonts.
      assetsInlineLimit: 0,
      reportCompressedSize: false
    }
  })
  compressAll()
}

await main()
