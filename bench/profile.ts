import { pathToFileURL } from "node:url"

import { partOf } from "./parts.ts"

/** Where a function is. For built-in functions the URL is empty or begins with `node:`. */
interface CallFrame {
  readonly functionName: string
  readonly url: string
  readonly lineNumber: number
}

/** V8's CPU profile, with the fields that are read. */
export interface CpuProfile {
  readonly nodes: ReadonlyArray<{
    readonly id: number
    readonly callFrame: CallFrame
    readonly children?: ReadonlyArray<number>
  }>
  readonly samples?: ReadonlyArray<number>
  /** Microseconds before each sample. */
  readonly timeDeltas?: ReadonlyArray<number>
}

/** V8's sampling heap profile: what each function allocated itself, in bytes. */
export interface HeapNode {
  readonly callFrame: CallFrame
  readonly selfSize: number
  readonly children: ReadonlyArray<HeapNode>
}

/** A weight (microseconds, bytes) and the frames from the leaf to the root. */
interface Stack {
  readonly weight: number
  readonly frames: ReadonlyArray<CallFrame>
}

/** The part that the first fitting frame from the leaf on names. V8's own work has its own names. */
const attributed = ({ frames }: Stack): string => {
  const [leaf] = frames
  if (leaf !== undefined && /^\((garbage collector|program|idle)\)$/.test(leaf.functionName)) return leaf.functionName
  for (const { url } of frames) {
    const part = partOf(url)
    if (part !== undefined) return part
  }
  return "Node and others"
}

const sums = (stacks: Iterable<Stack>, nameOf: (stack: Stack) => string): ReadonlyMap<string, number> => {
  const found = new Map<string, number>()
  for (const stack of stacks) {
    const name = nameOf(stack)
    found.set(name, (found.get(name) ?? 0) + stack.weight)
  }
  return new Map(Array.from(found).sort(([, a], [, b]) => b - a))
}

/** True for the profiler's own work in the process. */
const isProfiler = (frames: ReadonlyArray<CallFrame>) => frames.some(({ url }) => url === "node:inspector")

/** Self time by node, with the frames above it, without that of the profiler. */
export const cpuStacks = ({ nodes, samples = [], timeDeltas = [] }: CpuProfile): ReadonlyArray<Stack> => {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const parents = new Map(nodes.flatMap(({ children = [], id }) => children.map((child) => [child, id] as const)))
  const weights = new Map<number, number>()
  samples.forEach((id, index) => weights.set(id, (weights.get(id) ?? 0) + (timeDeltas[index] ?? 0)))
  const stacks = Array.from(weights, ([leaf, weight]) => {
    const frames: Array<CallFrame> = []
    for (let id: number | undefined = leaf; id !== undefined; id = parents.get(id)) {
      const node = byId.get(id)
      if (node !== undefined) frames.push(node.callFrame)
    }
    return { weight, frames }
  })
  return stacks.filter(({ frames }) => !isProfiler(frames))
}

/** Bytes allocated by node, with the frames above it. */
export const heapStacks = (node: HeapNode, above: ReadonlyArray<CallFrame> = []): ReadonlyArray<Stack> => {
  const frames = [node.callFrame, ...above]
  const itself = node.selfSize > 0 ? [{ weight: node.selfSize, frames }] : []
  return isProfiler(frames) ? [] : [...itself, ...node.children.flatMap((child) => heapStacks(child, frames))]
}

/** Weights by part of the service, the heaviest first. */
export const byPart = (stacks: Iterable<Stack>) => sums(stacks, attributed)

const own = pathToFileURL(`${process.cwd()}/`).href

const place = ({ lineNumber, url }: CallFrame) =>
  url === "" ? "(built in)" : `${url.replace(own, "").replace(/^.*\/node_modules\//, "")}:${lineNumber + 1}`

/** Weights by function itself, the heaviest first. */
export const byFunction = (stacks: Iterable<Stack>) =>
  sums(stacks, ({ frames: [leaf] }) =>
    leaf === undefined ? "?" : `${leaf.functionName || "(anonymous)"} ${place(leaf)}`
  )
