import { Context, Effect, Layer, Option, Ref } from "effect"

import type { Audit } from "../programs/upkeep/audit.ts"
import type { BreakerStatus } from "../services/Breakers.ts"
import type { KafkaStatus } from "../services/Kafka.ts"

/** What the running intake reports. */
export interface IntakeStatus {
  readonly kafka: Effect.Effect<KafkaStatus>
  /** Whether ServiceNow shows Cases by the field by which they are searched (SPEC 4.3). */
  readonly keySight: Effect.Effect<{ readonly field: string; readonly sight: "unproven" | "proven" | "blind" }>
  /** By vendor. */
  readonly breakers: Effect.Effect<Readonly<Record<string, BreakerStatus>>>
  /** The number of dispatches in doubt. May wait for the database. */
  readonly inDoubt: Effect.Effect<number>
  /** Waits for Kafka and the database. */
  readonly audit: Effect.Effect<Audit>
  /** Records that the group has committed but the database does not know (SPEC 9.10). May wait for the database. */
  readonly ahead: Effect.Effect<number>
  /** The number of events that wait for their communication. May wait for the database. */
  readonly parked: Effect.Effect<number>
  /** How many communications wait for each vendor (SPEC 9.2). */
  readonly held: Effect.Effect<Readonly<Record<string, number>>>
}

/** Where the intake reports itself once it is running. Health and metrics respond before that, too. */
export class RuntimeStatus extends Context.Service<
  RuntimeStatus,
  {
    report(intake: IntakeStatus): Effect.Effect<void>
    readonly intake: Effect.Effect<Option.Option<IntakeStatus>>
  }
>()("brom-ctx/http/Vitals") {
  static readonly layer = Layer.effect(
    RuntimeStatus,
    Effect.map(Ref.make(Option.none<IntakeStatus>()), (ref) =>
      RuntimeStatus.of({ report: (intake) => Ref.set(ref, Option.some(intake)), intake: Ref.get(ref) })
    )
  )
}
