import * as NodeClusterSocket from "@effect/platform-node/NodeClusterSocket"
import { Effect, Layer, Option } from "effect"
import { MessageStorage, RunnerAddress, RunnerHealth, Runners, ShardingConfig, SocketRunner } from "effect/cluster"
import { RpcSerialization } from "effect/rpc"

import type { Settings } from "../../services/Settings.ts"
import { shardingSettings } from "./shardingSettings.ts"
import { shardLocks } from "./shardLocks.ts"

type Runner = NonNullable<Settings["Service"]["runner"]>

/** Measured (DESIGN "Actors"): what a dead replica had is worked on again within some seconds. */
const pace = {
  shardLockExpiration: "10 seconds",
  shardLockRefreshInterval: "3 seconds",
  runnerHealthCheckInterval: "2 seconds",
  refreshAssignmentsInterval: "1 second"
} as const

const shardingConfig = ({ host, port }: Runner) =>
  Effect.map(shardingSettings, (settings) =>
    ShardingConfig.layer({
      ...settings,
      ...pace,
      runnerAddress: Option.some(RunnerAddress.make(host, port))
    })
  )

/** One of many processes, which ask each other by sockets; an actor is on one of them at a time. */
export const clusterReplicas = (runner: Runner) =>
  SocketRunner.layer.pipe(
    Layer.provide([NodeClusterSocket.layerSocketServer, RunnerHealth.layerPing.pipe(Layer.provide(Runners.layerRpc))]),
    Layer.provide(NodeClusterSocket.layerClientProtocol),
    Layer.provide([MessageStorage.layerNoop, RpcSerialization.layerNdjson]),
    Layer.provideMerge(shardLocks),
    Layer.provide(Layer.unwrap(shardingConfig(runner)))
  )
