import { layer } from "@effect/vitest"
import type { Layer } from "effect"

import type { KafkaBench } from "./kafkaBench.ts"
import { consuming } from "./kafkaConsuming.ts"
import { gaps } from "./kafkaGaps.ts"
import { group } from "./kafkaGroup.ts"
import { logs } from "./kafkaLogs.ts"
import { positions } from "./kafkaPositions.ts"
import { postponing } from "./kafkaPostponing.ts"
import { publishing } from "./kafkaPublishing.ts"
import { rebalancing } from "./kafkaRebalancing.ts"

/** What holds for every layer of `Kafka`. The clock is the real one. */
export const kafkaContract = (name: string, bench: Layer.Layer<KafkaBench>): void =>
  layer(bench, { excludeTestServices: true, timeout: "60 seconds" })(`Kafka: ${name}`, (it) => {
    consuming(it)
    group(it)
    postponing(it)
    publishing(it)
    gaps(it)
    rebalancing(it)
    positions(it)
    logs(it)
  })
