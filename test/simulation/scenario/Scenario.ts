import type { FaultRule } from "../../../simulators/core/FaultRule.ts"
import type { ServiceNowOptions } from "../../../simulators/servicenow/options.ts"
import type { WeniOptions } from "../../../simulators/weni/options.ts"
import type { Disturbance, Fate } from "./fates.ts"

/** What one customer does, as it is told on the inbound topic. */
export interface CustomerEvent {
  /** Unique: it is the message id. */
  readonly id: string
  /** Of its response. */
  readonly evento: "enviada" | "entregue" | "lida" | "falha_envio" | "retorno_sim" | "retorno_nao" | "retorno_outro"
  /** Its own time, epoch milliseconds; no two events of a conversation have one second. */
  readonly at: number
  /** A note that no other event of the run writes; none where others may write the same, or it may write none. */
  readonly note?: string
}

export interface Conversation {
  /** `id_correlacao`. */
  readonly id: string
  readonly channels: ReadonlyArray<"whatsapp" | "itsm">
  /** People change its Case at that time (milliseconds after the run's beginning): how it ends is theirs to say. */
  readonly people?: number
  /** An operator who settles its doubt, if there is one: by what Weni has, or by sending again whatever Weni has. */
  readonly operator?: "careful" | "hasty"
  /** An operator who asks again and again for what failed to be done once more, whether that is allowed or not. */
  readonly retried?: true
  readonly journey: string
  readonly events: ReadonlyArray<CustomerEvent>
}

/** What becomes of a record, whatever happens. */
type Expected =
  /** Of a conversation; records of one content end alike, and one content of it is accepted. */
  | { readonly kind: "order"; readonly id: string; readonly content: number }
  | { readonly kind: "invalid"; readonly evento: "mensagem_invalida" }
  | { readonly kind: "skipped" }
  /** Its journey is not in the file. */
  | { readonly kind: "unknown journey" }
  /** A reply without any name but its sender's phone: whether it finds its conversation depends on the time (SPEC 8.2). */
  | { readonly kind: "by phone" }
  /** Of one customer or of several. */
  | {
      readonly kind: "events"
      readonly events: ReadonlyArray<CustomerEvent>
      /** Others of the record may be orphans. */
      readonly orphans?: true
    }
  /** Somebody else's event: a dead letter where it names a journey of ours. */
  | { readonly kind: "stranger"; readonly ours: boolean }

/** One record that arrives. */
export interface Delivery {
  /** Milliseconds after the run's beginning. */
  readonly after: number
  readonly topic: "in" | "inbound"
  readonly partition: number
  /** `"@case:ID"` stands for the number of that conversation's Case. */
  readonly value: string
  readonly expected: Expected
}

/** One fault that a vendor has from some time on. */
export interface VendorFault {
  readonly after: number
  readonly vendor: "serviceNow" | "weni"
  readonly rule: FaultRule
}

/** What a vendor that is away does with a request. Some kinds are of one vendor only. */
export type Absence =
  /** No connection. */
  | "refused"
  /** No answer: the caller's time-out ends it. */
  | "silent"
  /** The connection is lost after sending. */
  | "lost"
  /** 503. */
  | "broken"
  /** 401 for everybody. */
  | "unauthorized"

/** One vendor is away, and the other one is well. Times are milliseconds. */
export interface Outage {
  readonly vendor: "serviceNow" | "weni"
  readonly after: number
  readonly lasts: number
  /** Each request meets one of them. */
  readonly absences: ReadonlyArray<Absence>
  /** How likely a request is served all the same, as by an instance that is overloaded. */
  readonly flicker: number
  /** How likely a request without an answer is carried out all the same, at once or within `late`. */
  readonly effect: number
  readonly late: number
}

/** What a Case may lack on an instance that does not let it be written as it should. */
type Excuse =
  /** State, priority, group, close notes. */
  | "fields"
  /** Notes that were promised. */
  | "notes"

/** What the vendors of one run are like from its beginning to its end. */
export interface Peculiarity {
  readonly name: string
  readonly serviceNow?: ServiceNowOptions
  readonly weni?: WeniOptions
  readonly faults?: ReadonlyArray<VendorFault>
  readonly excuses?: ReadonlyArray<Excuse>
  /** How the consumers that are known write their phones; without it they are known by their e-mail. */
  readonly phones?: "typed"
  /** What customers write has characters that an instance may store otherwise. */
  readonly texts?: true
  /** A Case may be one that its order does not know: its events name the order. */
  readonly unnamed?: true
  /** Alone it makes no order fail. */
  readonly harmless?: true
  /** No Case can be resolved. */
  readonly unresolvable?: true
}

/** Everything that one run is made of, but for the order in which chance lets calls return. */
export interface Scenario {
  readonly seed: number
  /** Epoch milliseconds. */
  readonly beginsAt: number
  /** Milliseconds after which nothing more goes wrong. */
  readonly trouble: number
  readonly settings: {
    readonly maxInFlight: number
    readonly commitEvery: number
    readonly attempts: number
    /** Failed attempts that open a breaker. */
    readonly failures: number
    /** BREAKER_MAX_WAIT, milliseconds. */
    readonly maxWait: number
  }
  readonly conversations: ReadonlyArray<Conversation>
  readonly deliveries: ReadonlyArray<Delivery>
  readonly vendorFaults: ReadonlyArray<VendorFault>
  readonly outages: ReadonlyArray<Outage>
  /** When what is idle is deleted, milliseconds after the run's beginning. */
  readonly forgets?: number
  /** Processes that work beside each other. */
  readonly processes: 1 | 2
  /** Of the first process, the second, …; one without a fate lives on. */
  readonly fates: ReadonlyArray<Fate>
  readonly disturbances: ReadonlyArray<Disturbance>
  /** What the vendors are like that is not as usual. */
  readonly peculiarity?: Peculiarity
}
