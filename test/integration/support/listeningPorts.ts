import { readdirSync, readFileSync, readlinkSync } from "node:fs"

/** The state of a listening socket in the kernel's tables. */
const listening = "0A"

const inodesOf = (pid: number): ReadonlySet<string> =>
  new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? []
      } catch {
        return [] // It was closed meanwhile.
      }
    })
  )

/** This process's sockets in these tables of the kernel, with their local ports. */
const socketsIn = (pid: number, tables: ReadonlyArray<string>) => {
  const own = inodesOf(pid)
  return tables.flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, "utf8")
      .split("\n")
      .slice(1)
      .flatMap((line) => {
        const [, local = "", , state = "", , , , , , inode = ""] = line.trim().split(/\s+/)
        return own.has(inode) ? [{ table, state, port: Number.parseInt(local.split(":")[1] ?? "", 16) }] : []
      })
  )
}

/** The TCP and UDP ports on which a process of this machine accepts connections or datagrams. */
export const listeningPorts = (pid: number): ReadonlyArray<number> =>
  socketsIn(pid, ["tcp", "tcp6", "udp", "udp6"])
    .filter(({ state, table }) => table.startsWith("udp") || state === listening)
    .map(({ port }) => port)
    .toSorted((a, b) => a - b)

/** True if this port of the machine is the local end of a TCP connection of this process. */
export const connectsFrom = (pid: number, port: number): boolean =>
  socketsIn(pid, ["tcp", "tcp6"]).some((socket) => socket.port === port)
