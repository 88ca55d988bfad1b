import { readdirSync, readFileSync, readlinkSync } from "node:fs"

/** The state of a socket that listens, as the kernel's tables have it. */
const listening = "0A"

const inodesOf = (pid: number): ReadonlySet<string> =>
  new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? []
      } catch {
        return [] // Closed meanwhile.
      }
    })
  )

/** The TCP and UDP ports on which a process of this machine takes connections or datagrams from others. */
export const listeningPorts = (pid: number): ReadonlyArray<number> => {
  const own = inodesOf(pid)
  return ["tcp", "tcp6", "udp", "udp6"]
    .flatMap((table) =>
      readFileSync(`/proc/${pid}/net/${table}`, "utf8")
        .split("\n")
        .slice(1)
        .flatMap((line) => {
          const [, local = "", , state = "", , , , , , inode = ""] = line.trim().split(/\s+/)
          const isOpen = table.startsWith("udp") || state === listening
          return isOpen && own.has(inode) ? Number.parseInt(local.split(":")[1] ?? "", 16) : []
        })
    )
    .toSorted((a, b) => a - b)
}
