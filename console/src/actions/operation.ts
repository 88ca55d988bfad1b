import { post } from "../api/client.ts"
import type { OperationAction, OperationAnswer, RetryAnswer, SearchFields } from "../api/types.ts"
import { apiPathOf } from "../list/fields.ts"
import { effectText, refusalText, stepEffect, stepName } from "../told.ts"
import type { Plan } from "./ActionDialog.tsx"

/** What an operation is for: some, or all that a filter finds. */
export type Target =
  | { readonly ids: ReadonlyArray<string> }
  | {
      readonly filter:
        | SearchFields
        | { readonly customer: string }
        | { readonly topic?: string; readonly codigo?: string; readonly since?: string }
    }

/** A dry run also needs a reason, but leaves nothing in the trail. */
const dryReason = "simulação"

const begin = (action: string, target: Target, reason: string, dryRun: boolean) =>
  post<OperationAnswer>("/api/operations", { action, ...target, reason, dryRun })

export const planOperation = async (action: string, target: Target): Promise<Plan> => {
  const found = await begin(action, target, dryReason, true)
  return "id" in found
    ? { total: found.total, items: [] }
    : {
        total: found.total,
        items: (found.items ?? []).map((item) => ({
          id: item.id,
          does: effectText(action, item),
          reason: item.reason === undefined ? undefined : refusalText(item.tag, item.reason),
          request: item.request
        })),
        outOfReach: found.outOfReach
      }
}

export const runOperation = async (
  action: OperationAction | string,
  target: Target,
  reason: string
): Promise<string | undefined> => {
  const taken = await begin(action, target, reason, false)
  return "id" in taken ? taken.id : undefined
}

const retry = (id: string, body: object) => post<RetryAnswer>(`${apiPathOf({ id })}/retry`, body)

/** What a retry of one communication would do, step by step, with the bodies. */
export const planRetry = async (id: string): Promise<Plan> => {
  const found = await retry(id, { dryRun: true })
  return "operation" in found
    ? { total: 1, items: [] }
    : {
        total: 1,
        items: found.steps.map(({ does, request, ...step }) => ({
          id: stepName(step.step),
          does: stepEffect(step) ?? does,
          request
        }))
      }
}

export const runRetry = async (id: string, reason: string): Promise<string | undefined> => {
  const taken = await retry(id, { reason })
  return "operation" in taken ? taken.operation : undefined
}
