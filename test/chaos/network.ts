import { type ChildProcess, execFile, execFileSync, spawn, type SpawnOptions, spawnSync } from "node:child_process"
import { readlinkSync } from "node:fs"
import { promisify } from "node:util"

import { Effect } from "effect"

const run = promisify(execFile)

/** The variable that is set in the process with its own network. */
const variable = "CHAOS_NETWORK"

/** Whether each replica is a machine of its own in this run. */
export const isApart = process.env[variable] === "own"

/** The host on which Kafka, Postgres and the vendors listen. */
export const serversHost = isApart ? "10.203.0.1" : "127.0.0.1"

const can = (command: string, ...args: ReadonlyArray<string>) =>
  spawnSync(command, args, { stdio: "ignore" }).status === 0

/** Downloads missing server software. The scripts report on stderr what they download, and why they fail. */
const installServers = (): void => {
  for (const script of ["tools/kafka/kafka.sh", "tools/postgres/postgres.sh"]) {
    const { status } = spawnSync("sh", [script, "install"], { stdio: ["ignore", "ignore", "inherit"] })
    if (status !== 0) process.exit(status ?? 1)
  }
}

/**
 * Runs this program again in its own network namespace, with the same arguments, and exits with its exit code. Returns false
 * if the machine does not allow that. Then all replicas share the machine's network, and none can lose it. Such a namespace
 * has no route to other hosts, so the servers are downloaded first.
 */
export const enterOwnNetwork = (): boolean => {
  if (isApart || !can("ip", "-V") || !can("unshare", "--net", "true")) return false
  installServers()
  const child = spawn("unshare", ["--net", process.execPath, ...process.argv.slice(1)], {
    stdio: "inherit",
    env: { ...process.env, [variable]: "own" }
  })
  // The inner program gets the terminal's interrupt too, and stops its servers before it exits.
  process.on("SIGINT", () => {})
  process.on("SIGTERM", () => child.kill("SIGTERM"))
  child.on("exit", (code) => process.exit(code ?? 1))
  return true
}

/** Sets the addresses of this process' namespace. */
export const raiseOwnNetwork = Effect.sync(() => {
  if (!isApart) return
  execFileSync("ip", ["link", "set", "lo", "up"])
  execFileSync("ip", ["address", "add", `${serversHost}/32`, "dev", "lo"])
})

/** The machine on which a replica runs. */
export interface Machine {
  readonly address: string
  spawn(args: ReadonlyArray<string>, options: SpawnOptions): ChildProcess
  /** Cuts the network of its process in both directions, until `mend`. */
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

/** Connects a new namespace by a pair of interfaces, one end here and one there. The pair ends with the namespace, which ends with the process. */
const connect = async (pid: number, link: string, here: string, there: string) => {
  while (namespaceOf(pid) === namespaceOf("self")) await new Promise((resolve) => setTimeout(resolve, 5))
  // The kernel removes a namespace some time after its last process has ended.
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

/** Starts the program once its network exists. */
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
        // A process that is killed before its network exists needs none.
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
