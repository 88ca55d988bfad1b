/** The shapes of the operator's API. Types alone, so that nothing of the contract's own code reaches the browser. */
export type Role = "viewer" | "operator" | "privacy"

export interface Session {
  readonly name: string
  readonly roles: ReadonlyArray<Role>
}

export type Json = { readonly [name: string]: JsonValue }
export type JsonValue = string | number | boolean | null | ReadonlyArray<JsonValue> | Json

export interface Place {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly generation?: number
}

export interface Customer {
  readonly id: string
  readonly name?: string
  readonly phone?: string
  readonly email?: string
  readonly document?: string
}

export type Mark = "in_doubt" | "waiting" | "awaiting"

export interface Item {
  readonly id: string
  readonly ref?: string
  readonly journey: string
  readonly status: string
  readonly marks: ReadonlyArray<Mark>
  readonly createdAt: number
  readonly updatedAt: number
  readonly due?: number
  readonly order?: string
  readonly shipment?: string
  readonly case?: { readonly number: string; readonly sysId: string }
  readonly customer?: Customer
  readonly lastEvent?: { readonly evento: string; readonly at: number }
  readonly codigos: ReadonlyArray<string>
  readonly whatsapp?: {
    readonly outcome: "under_way" | "sent" | "failed" | "in_doubt"
    readonly attempts: number
    readonly messageId?: string
  }
}

export interface TimelineEntry {
  readonly at: number
  readonly fact: string
  readonly text: string
  readonly data: Json
  readonly by?: string
  readonly reason?: string
}

export interface Communication extends Item {
  readonly record?: { readonly origin: Place; readonly channels: ReadonlyArray<string>; readonly eventTime: number }
  readonly waiting: ReadonlyArray<{
    readonly for: string
    readonly at: number
    readonly vendor?: Vendor
    readonly reason?: string
    readonly until?: number
  }>
  readonly events: ReadonlyArray<{ readonly evento: string; readonly at: number; readonly text?: string }>
  readonly responses: ReadonlyArray<{
    readonly id: string
    readonly evento: string
    readonly status: string
    readonly at: number
    readonly acknowledged: boolean
    readonly content: Json
  }>
  readonly timeline: ReadonlyArray<TimelineEntry>
  readonly links: { readonly case?: string; readonly traces: ReadonlyArray<string> }
}

export interface Page<A> {
  readonly items: ReadonlyArray<A>
  readonly next: string | null
}

export type Vendor = "servicenow" | "weni"

export interface Breaker {
  readonly open: boolean
  readonly detail: string
}

export interface Count {
  readonly count: number
  readonly oldestAt?: number
}

export interface Overview {
  readonly at: number
  readonly ok: boolean
  readonly problems: ReadonlyArray<{
    readonly id: string
    readonly text: string
    readonly count?: number
    readonly link?: string
    readonly runbook: string
  }>
  readonly kafka: ReadonlyArray<{ readonly topic: string; readonly lag: number; readonly oldestAt?: number }>
  readonly inFlight: number
  readonly breakers: Readonly<Record<Vendor, Breaker>>
  readonly inDoubt: Count
  readonly waiting: Count & { readonly writes: number }
  readonly parked: Count
  readonly deadLetters: Count
  readonly failures: ReadonlyArray<{
    readonly codigo: string
    readonly channel: "whatsapp" | "itsm" | "record"
    readonly journey: string
    readonly count: number
  }>
  readonly flow: ReadonlyArray<{
    readonly at: number
    readonly orders: number
    readonly events: number
    readonly failures: number
  }>
  readonly unaccounted: number
  readonly stalled: number
  readonly overdue: number
  readonly processes: ReadonlyArray<{
    readonly id: string
    readonly version: string
    readonly startedAt: number
    readonly seenAt: number
    readonly ready: boolean
    readonly partitions: ReadonlyArray<{ readonly topic: string; readonly partition: number }>
    readonly inFlight: number
    readonly breakers: Readonly<Record<Vendor, Breaker>>
  }>
}

export interface DeadLetter {
  readonly id: string
  readonly at: number
  readonly code?: string
  readonly detail?: string
  readonly original?: Place
  readonly originalAt?: number
  readonly correlationId?: string
  readonly truncated: boolean
  readonly redriveOf?: string
  readonly redrivenAt?: number
  readonly key?: string
  readonly value?: string
  readonly headers: Readonly<Record<string, string>>
}

export interface RedriveResult {
  readonly id: string
  readonly outcome: string
  readonly at?: number
  readonly why?: string
}

export interface Parked {
  readonly id: string
  readonly at: number
  readonly evento: string
  readonly names: ReadonlyArray<{ readonly kind: string; readonly value: string }>
  readonly origin: Place
  readonly index: number
}

export type OperationAction = "retry" | "end" | "resend" | "sent" | "not_sent" | "redrive" | "erase"

export interface Operation {
  readonly id: string
  readonly action: string
  readonly by: string
  readonly at: number
  readonly reason: string
  readonly state: "running" | "done" | "stopped"
  readonly total: number
  readonly done: number
  readonly failures: ReadonlyArray<{ readonly id: string; readonly reason: string }>
  readonly endedAt?: number
  readonly outOfReach?: ReadonlyArray<string>
}

export interface OperationPlan {
  readonly total: number
  readonly items?: ReadonlyArray<{
    readonly id: string
    readonly does?: string
    readonly reason?: string
    readonly request?: Json
  }>
  readonly outOfReach?: ReadonlyArray<string>
}

export interface RetryPlan {
  readonly id: string
  readonly steps: ReadonlyArray<{ readonly step: string; readonly does: string; readonly request?: Json }>
}

export interface JourneyShown {
  readonly name: string
  readonly default: boolean
  readonly journey: Json
}

export interface Preview {
  readonly kind: "record" | "event"
  readonly verdict: string
  readonly id?: string
  readonly journey?: string
  readonly problems: ReadonlyArray<{ readonly path: string; readonly text: string }>
  readonly warnings: ReadonlyArray<string>
  readonly decoded?: Json
  readonly consumer?: Json
  readonly case?: Json
  readonly message?: Json
  readonly patches?: ReadonlyArray<Json>
  readonly response?: Json
  readonly events?: ReadonlyArray<Json>
}

export interface Audit {
  readonly topics: ReadonlyArray<{
    readonly topic: string
    readonly partition: number
    readonly committed: number
    readonly ended: number
    readonly skipped: number
    readonly unaccounted: number
    readonly undelivered: number
    readonly first: number
    readonly earliest: number
    readonly missing?: ReadonlyArray<{ readonly first: number; readonly last: number }>
  }>
  readonly unaccounted: number
  readonly stalled: number | ReadonlyArray<string>
  readonly overdue: number | ReadonlyArray<string>
}

export interface SearchFields {
  readonly status?: ReadonlyArray<string>
  readonly journey?: string
  readonly codigo?: string
  readonly case?: string
  readonly q?: string
  readonly since?: string
  readonly until?: string
}
