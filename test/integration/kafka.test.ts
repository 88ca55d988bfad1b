import { Layer } from "effect"

import { kafkaContract } from "../contracts/kafka.ts"
import { brokersOfEnvironment, RealBench, RealBrokers } from "./kafkaReal.ts"

kafkaContract("kafkajs", Layer.provide(RealBench, RealBrokers.layer(brokersOfEnvironment)))
