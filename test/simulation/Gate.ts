import { Effect } from "effect"

/** A gate to a part that can be unavailable. Callers wait until it opens. */
export class Gate {
  private waiting: Array<() => void> | undefined

  readonly passed: Effect.Effect<void> = Effect.callback<void>((resume) => {
    if (this.waiting === undefined) resume(Effect.void)
    else this.waiting.push(() => resume(Effect.void))
  })

  close(): void {
    this.waiting ??= []
  }

  open(): void {
    const waiting = this.waiting ?? []
    this.waiting = undefined
    for (const pass of waiting) pass()
  }
}
