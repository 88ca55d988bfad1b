import { createHash } from "node:crypto"
import { readdir, readFile } from "node:fs/promises"
import { extname, join, relative } from "node:path"

import { Effect } from "effect"

/** A form of one file: plain, or compressed. */
interface Form {
  readonly bytes: Uint8Array
  /** Differs between the forms of one file. */
  readonly etag: string
}

/** One file of the built console. */
export interface ConsoleFile {
  readonly contentType: string
  /** Its name contains a hash of its content, so a browser may cache it forever. */
  readonly immutable: boolean
  readonly plain: Form
  readonly br?: Form
  readonly gzip?: Form
}

/** By the path of its URL: `/index.html`. */
export type ConsoleFiles = ReadonlyMap<string, ConsoleFile>

const contentTypes: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".woff2": "font/woff2",
  ".txt": "text/plain; charset=utf-8"
}

const formOf = (bytes: Uint8Array): Form => ({
  bytes,
  etag: `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"`
})

const fileOf = (path: string, bytesOf: (path: string) => Uint8Array | undefined): ConsoleFile => {
  const [br, gzip] = [bytesOf(`${path}.br`), bytesOf(`${path}.gz`)]
  return {
    contentType: contentTypes[extname(path)] ?? "application/octet-stream",
    immutable: path.startsWith("/assets/"),
    plain: formOf(bytesOf(path) ?? new Uint8Array()),
    ...(br && { br: formOf(br) }),
    ...(gzip && { gzip: formOf(gzip) })
  }
}

const isCompressed = (path: string) => path.endsWith(".br") || path.endsWith(".gz")

/**
 * Reads every file of the folder into memory, with the compressed forms that the build wrote beside it (CONTRACT `GET /`).
 * Requests are answered only from this map, so no URL can reach another file. Empty if the console is not built.
 */
export const readConsoleFiles = (folder: string): Effect.Effect<ConsoleFiles> =>
  Effect.promise(async () => {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
    const contents = new Map<string, Uint8Array>()
    for (const entry of entries) {
      if (!entry.isFile()) continue
      const path = join(entry.parentPath, entry.name)
      contents.set(`/${relative(folder, path).replaceAll("\\", "/")}`, await readFile(path))
    }
    const names = [...contents.keys()].filter((path) => !isCompressed(path))
    return new Map(names.map((path) => [path, fileOf(path, (name) => contents.get(name))]))
  })
