import { randomUUID } from "node:crypto"

import * as Resource from "@effect/opentelemetry/Resource"
import { resources } from "@opentelemetry/sdk-node"
import { Effect, Layer } from "effect"

import manifest from "../../../package.json" with { type: "json" }

/** Who exports; what `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_SERVICE_NAME` say stands. Replicas differ by their instance's id. */
export const ResourceOwn = Layer.effect(
  Resource.Resource,
  Effect.map(Resource.Resource, (environment) =>
    resources
      .resourceFromAttributes({
        "service.name": manifest.name,
        "service.version": manifest.version,
        "service.instance.id": randomUUID()
      })
      .merge(environment)
  )
).pipe(Layer.provide(Resource.layerFromEnv()))
