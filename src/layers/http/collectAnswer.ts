import type { HttpAnswer } from "../../services/Http.ts"

/** Bytes of an answer that are read; a longer one is as good as lost. */
const maxBody = 8 * 1024 * 1024

/** Gathers one answer as it arrives. */
export const collectAnswer = () => {
  const chunks: Array<Buffer> = []
  let size = 0
  let status: number | undefined
  let headers: HttpAnswer["headers"] = {}
  return {
    /** The last call counts: informational answers come before the real one. */
    start: (code: number, received: Readonly<Record<string, string | ReadonlyArray<string> | undefined>>) => {
      if (code < 200) return
      status = code
      headers = Object.fromEntries(
        Object.entries(received).map(([name, value]) => [
          name.toLowerCase(),
          typeof value === "string" ? value : (value?.join(", ") ?? "")
        ])
      )
    },
    /** False when there is too much of it. */
    add: (chunk: Buffer): boolean => {
      size += chunk.byteLength
      if (size > maxBody) return false
      chunks.push(chunk)
      return true
    },
    /** The status, where it has come. */
    known: (): { readonly status?: number } => (status === undefined ? {} : { status }),
    whole: (): HttpAnswer => ({ status: status ?? 0, headers, body: Buffer.concat(chunks).toString("utf8") })
  }
}
