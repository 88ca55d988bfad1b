import { type ChildProcess, execFile, execFileSync, spawn, type SpawnOptions, spawnSync } from "node:child_process"
import { readlinkSync } from "node:fs"
import { promisify } from "node:util"

import { Effect } from "effect"

const run = promisify(execFile)

/** Set in the process that has a network of its own. */
const variable = "CHAOS_NETWORK"

/** Whether each replica is a machine of its own in this run. */
export const isApart = process.env[variable] === "own"

/** Where Kafka, Postgres and the vendors listen. */
export const serversHost = isApart ? "10.203.0.1" : "127.0.0.1"

const can = (command: string, ...args: ReadonlyArray<string>) =>
  spawnSync(command, args, { stdio: "ignore" }).status === 0

/**
 * Runs this program again in a network namespace of its own, with its arguments, and ends with its exit code. Returns where the
 * machine does not allow that: then all replicas share the machine's network, and nothing can cut one off.
 */
export const enterOwnNetwork = (): void => {
  if (isApart || !can("ip", "-V") || !can("unshare", "--net", "true")) return
  const { status } = spawnSync("unshare", ["--net", process.execPath, ...process.argv.slice(1)], {
    stdio: "inherit",
    env: { ...process.env, [variable]: "own" }
  })
  process.exit(status ?? 1)
}

/** The addresses of this process' namespace. */
export const raiseOwnNetwork = Effect.sync(() => {
  if (!isApart) return
  execFileSync("ip", ["link", "set", "lo", "up"])
  execFileSync("ip", ["address", "add", `${serversHost}/32`, "dev", "lo"])
})

/** What a replica runs on. */
export interface Machine {
  readonly address: string
  spawn(args: ReadonlyArray<string>, options: SpawnOptions): ChildProcess
  /** Nothing of a spawned process reaches anybody, and nothing reaches it, until `mend`. */
  readonly cut: Effect.Effect<void>
  readonly mend: Effect.Effect<void>
}

const shared: Machine = {
  address: "127.0.0.1",
  spawn: (args, options) => spawn(process.execPath, [...args], options),
  cut: Effect.die(new Error("this machine has no network of its own")),
  mend: Effect.void
}

const namespaceOf = (pid: number | "self") => readlinkSync(`/proc/${pid}/ns/net`)

const ip = (text: string) => run("ip", text.split(" "))

/** The pair of a new namespace: one end here, the other there. It goes with the namespace, so with the process. */
const connect = async (pid: number, link: string, here: string, there: string) => {
  while (namespaceOf(pid) === namespaceOf("self")) await new Promise((resolve) => setTimeout(resolve, 5))
  // The kernel takes a namespace down some time after its last process.
  await ip(`link delete ${link}`).catch(() => {})
  await ip(`link add ${link} type veth peer name eth0 netns ${pid}`)
  await ip(`address add ${here}/30 dev ${link}`)
  await ip(`link set ${link} up`)
  const inside = [
    "ip link set lo up",
    `ip address add ${there}/30 dev eth0`,
    "ip link set eth0 up",
    `ip route add default via ${here}`
  ]
  await run("nsenter", ["--target", String(pid), "--net", "sh", "-c", inside.join(" && ")])
}

/** The program starts when its network is there. */
const whenConnected = 'until ip route | grep -q default; do sleep 0.02; done; exec "$@"'

/** The machine of replica `number`, from 1 on. */
export const machineOf = (number: number): Machine => {
  if (!isApart) return shared
  const link = `replica${number}`
  const [here, address] = [`10.203.${number}.1`, `10.203.${number}.2`]
  return {
    address,
    spawn: (args, options) => {
      const child = spawn("unshare", ["--net", "sh", "-c", whenConnected, "sh", process.execPath, ...args], options)
      if (child.pid !== undefined) {
        // A process that is killed before its network is there needs none.
        connect(child.pid, link, here, address).catch((error: unknown) => {
          if (child.exitCode === null && child.signalCode === null && !child.killed) child.emit("error", error)
        })
      }
      return child
    },
    cut: Effect.asVoid(Effect.promise(() => ip(`link set ${link} down`))),
    mend: Effect.asVoid(Effect.promise(() => ip(`link set ${link} up`)))
  }
}
