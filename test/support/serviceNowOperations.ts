import { Context, Effect, Layer } from "effect"

import type { CaseKey } from "../../src/domain/outbound/caseKey.ts"
import { CaseUpdates } from "../../src/programs/communication/CaseUpdates.ts"
import { readCase } from "../../src/programs/communication/readCase.ts"
import { CaseCreation } from "../../src/programs/outbound/CaseCreation.ts"
import { Consumers } from "../../src/programs/outbound/Consumers.ts"
import { seekCase, showsCase, type SoughtCase } from "../../src/programs/outbound/lookForCase.ts"
import type { ServiceNowError } from "../../src/programs/vendor/ServiceNowError.ts"
import { type CaseRecord, ServiceNow } from "../../src/services/ServiceNow.ts"
import { Settings } from "../../src/services/Settings.ts"

/** The operations that the programs of one process build from ServiceNow's single attempts. */
export class Operations extends Context.Service<
  Operations,
  CaseCreation["Service"] &
    CaseUpdates["Service"] &
    Consumers["Service"] & {
      seekCase(key: CaseKey, control: CaseKey | undefined): Effect.Effect<SoughtCase, ServiceNowError>
      showsCase(key: CaseKey): Effect.Effect<boolean, ServiceNowError>
      readCase(idOrNumber: string, isOnce?: boolean): Effect.Effect<CaseRecord | undefined, ServiceNowError>
    }
>()("test/Operations") {
  static readonly layer = Layer.effect(
    Operations,
    Effect.gen(function* () {
      const serviceNow = yield* ServiceNow
      const settings = yield* Settings
      const called = <A, E>(operation: Effect.Effect<A, E, ServiceNow | Settings>) =>
        operation.pipe(Effect.provideService(ServiceNow, serviceNow), Effect.provideService(Settings, settings))
      return Operations.of({
        ...(yield* CaseCreation),
        ...(yield* CaseUpdates),
        ...(yield* Consumers),
        seekCase: (key, control) => called(seekCase(key, control)),
        showsCase: (key) => called(showsCase(key)),
        readCase: (idOrNumber, isOnce) => called(readCase(idOrNumber, isOnce))
      })
    })
  ).pipe(Layer.provide([CaseCreation.layer, CaseUpdates.layer, Consumers.layer]))
}
