import { execFileSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"

const hasProc = existsSync("/proc/self/stat")
const ticks = hasProc ? Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" })) : 100

/** Milliseconds in `ps`'s `[[dd-]hh:]mm:ss[.cc]`. */
export const psMillis = (text: string): number => {
  const [days, clock] = text.includes("-") ? text.split("-") : ["0", text]
  return (clock ?? "").split(":").reduce((sum, part) => sum * 60 + Number(part), 0) * 1000 + Number(days) * 86_400_000
}

/** User and system time in one line of `/proc/PID/stat`, in ticks; the name before them may contain anything. */
export const statTicks = (line: string): number => {
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ")
  return Number(fields[11]) + Number(fields[12])
}

/** Milliseconds of CPU that the process has used, user and system, all threads. 0 if the process cannot be seen. */
export const cpuMillis = (pid: number): number => {
  try {
    return hasProc
      ? (statTicks(readFileSync(`/proc/${pid}/stat`, "utf8")) * 1000) / ticks
      : psMillis(execFileSync("ps", ["-o", "time=", "-p", String(pid)], { encoding: "utf8" }).trim())
  } catch {
    return 0
  }
}

/** The same with a resolution of nanoseconds, of the main thread alone. 0 if the system does not report it. */
export const scheduledMillis = (pid: number): number => {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ")[0]) / 1e6
  } catch {
    return 0
  }
}

/** MiB. Without `/proc` the peak is unknown, and the current value stands for both. */
export interface Memory {
  readonly peak: number
  readonly now: number
}

export const memory = (pid: number): Memory => {
  if (!hasProc) {
    const now = Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" })) / 1024
    return { peak: now, now }
  }
  const status = readFileSync(`/proc/${pid}/status`, "utf8")
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) / 1024
  return { peak: field("VmHWM"), now: field("VmRSS") }
}
