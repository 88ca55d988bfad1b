import type { HttpAnswer } from "../../services/Http.ts"

/** Bytes of an answer that are read; a longer one is as good as lost. */
const maxBody = 8 * 1024 * 1024

type Received = Readonly<Record<string, string | ReadonlyArray<string> | undefined>>

const areTexts = (received: Received): received is Readonly<Record<string, string>> => {
  for (const name in received) if (typeof received[name] !== "string") return false
  return true
}

const joined = (received: Received): HttpAnswer["headers"] =>
  Object.fromEntries(
    Object.entries(received).map(([name, value]) => [
      name,
      typeof value === "object" ? value.join(", ") : (value ?? "")
    ])
  )

/** Gathers one answer as it arrives. */
export const collectAnswer = () => {
  const chunks: Array<Buffer> = []
  let size = 0
  let status: number | undefined
  let headers: HttpAnswer["headers"] = {}
  return {
    /** The last call counts: informational answers come before the real one. */
    start: (code: number, received: Received) => {
      if (code < 200) return
      status = code
      headers = areTexts(received) ? received : joined(received)
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
