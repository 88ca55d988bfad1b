import { readFileSync } from "node:fs"

/** Larger files are not secrets, but a wrong path. */
const mostBytes = 65_536

const decoder = new TextDecoder("utf-8", { fatal: true })

/** Returns the text of a file without the newline at its end, or what is wrong with the file. */
export const readSecretFile = (path: string): { readonly text: string } | { readonly problem: string } => {
  const expected = "expected a file that can be read"
  try {
    const bytes = readFileSync(path)
    if (bytes.length > mostBytes) return { problem: "which is larger than 64 KiB, expected a secret alone" }
    const text = decoder.decode(bytes).replace(/(?<![\r\n])[\r\n]+$/, "")
    return text.trim() === "" ? { problem: "which is empty, expected a secret" } : { text }
  } catch (error) {
    return { problem: error instanceof TypeError ? "which is not UTF-8 text" : expected }
  }
}
