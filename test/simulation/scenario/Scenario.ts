import type { FaultRule } from "../../../simulators/core/FaultRule.ts"
import type { ServiceNowOptions } from "../../../simulators/servicenow/options.ts"
import type { ConsumerSeed } from "../../../simulators/servicenow/seedConsumers.ts"
import type { WeniOptions } from "../../../simulators/weni/options.ts"
import type { ItemAction } from "../../../src/services/Operations.ts"
import type { Disturbance, Fate } from "./fates.ts"

/** One event of a customer, as it is on the inbound topic. */
export interface CustomerEvent {
  /** The message id, which is unique. */
  readonly id: string
  /** The `evento` of its response. */
  readonly evento: "enviada" | "entregue" | "lida" | "falha_envio" | "retorno_sim" | "retorno_nao" | "retorno_outro"
  /** Its own time, epoch milliseconds; no two events of a conversation have one second. */
  readonly at: number
  /** A note that only this event writes. Absent if others may write the same note, or if this event may write none. */
  readonly note?: string
}

export interface Conversation {
  /** `id_correlacao`. */
  readonly id: string
  readonly channels: ReadonlyArray<"whatsapp" | "itsm">
  /** When people change its Case, milliseconds after the start of the run. After that, people decide how the Case ends. */
  readonly people?: number
  /** An operator who settles a doubt: by asking Weni first, or by always sending again. */
  readonly operator?: "careful" | "hasty"
  /** An operator who repeatedly requests a retry of failed steps, allowed or not. */
  readonly retried?: true
  readonly journey: string
  readonly events: ReadonlyArray<CustomerEvent>
}

/** How a record must end, whatever happens. */
type Expected =
  /** An order of a conversation. Records with the same content end alike, and one content is accepted. */
  | { readonly kind: "order"; readonly id: string; readonly content: number }
  | { readonly kind: "invalid"; readonly evento: "mensagem_invalida" }
  | { readonly kind: "skipped" }
  /** Its journey is not in the file. */
  | { readonly kind: "unknown journey" }
  /** A reply without any name but its sender's phone: whether it finds its conversation depends on the time (SPEC 8.2). */
  | { readonly kind: "by phone" }
  /** Events of one customer or of several. */
  | {
      readonly kind: "events"
      readonly events: ReadonlyArray<CustomerEvent>
      /** Other events of the record may be orphans. */
      readonly orphans?: true
    }
  /** An event of another campaign: a dead letter if it names a journey of ours. */
  | { readonly kind: "stranger"; readonly ours: boolean }

/** One record that arrives. */
export interface Delivery {
  /** Milliseconds after the start of the run. */
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

/** What an unavailable vendor does with a request. Some kinds occur only with one vendor. */
export type Absence =
  /** It refuses the connection. */
  | "refused"
  /** It does not answer, so the caller's time-out ends the request. */
  | "silent"
  /** It drops the connection after the request was sent. */
  | "lost"
  /** It answers 503. */
  | "broken"
  /** It answers 401 to every call. */
  | "unauthorized"

/** An outage of one vendor, while the other one works. Times are milliseconds. */
export interface Outage {
  readonly vendor: "serviceNow" | "weni"
  readonly after: number
  readonly lasts: number
  /** What it does with requests: one of these each time. */
  readonly absences: ReadonlyArray<Absence>
  /** The probability that a request is served normally, as by an overloaded instance. */
  readonly flicker: number
  /** The probability that a request without an answer is carried out, at once or within `late`. */
  readonly effect: number
  readonly late: number
}

/** An operation that an operator orders on many communications or dead letters (SPEC 10.3). Times are milliseconds. */
export interface Order {
  readonly after: number
  readonly action: ItemAction
  /** Communications, some of them unknown. Absent: everything that the operator's filter finds then. */
  readonly ids?: ReadonlyArray<string>
  /** For `erase`: a key of the customer. */
  readonly customer?: string
  /** How long after its acceptance it is stopped. */
  readonly stopped?: number
}

/** What a Case may lack on an instance that prevents some writes. */
type Excuse =
  /** State, priority, group, close notes. */
  | "fields"
  /** Notes that were promised. */
  | "notes"

/** What the vendors of one run are like for the whole run. */
export interface Peculiarity {
  readonly name: string
  readonly serviceNow?: ServiceNowOptions
  readonly weni?: WeniOptions
  readonly faults?: ReadonlyArray<VendorFault>
  readonly excuses?: ReadonlyArray<Excuse>
  /** How the phones of known consumers are stored. Absent: consumers are known by their e-mail. */
  readonly phones?: "typed"
  /** Customers' texts have characters that an instance may store differently. */
  readonly texts?: true
  /** The order may not know its Case, so its events name the order. */
  readonly unnamed?: true
  /** By itself it makes no order fail. */
  readonly harmless?: true
  /** No Case can be resolved. */
  readonly unresolvable?: true
  /** Additional consumers that exist from the start. */
  readonly consumers?: ReadonlyArray<ConsumerSeed>
  /** The sys_id of the consumer for orders without a customer. */
  readonly guest?: string
  /** The journeys have the `resolution_code` that the instance needs. */
  readonly coded?: true
}

/** Everything that decides one run, except the random order in which calls return. */
export interface Scenario {
  readonly seed: number
  /** Epoch milliseconds. */
  readonly beginsAt: number
  /** Milliseconds after which no more faults occur. */
  readonly trouble: number
  readonly settings: {
    readonly maxInFlight: number
    readonly commitEvery: number
    readonly attempts: number
    /** BREAKER_FAILURES. */
    readonly failures: number
    /** BREAKER_MAX_WAIT, milliseconds. */
    readonly maxWait: number
    /** Items of operations per second. */
    readonly operationRate: number
  }
  readonly conversations: ReadonlyArray<Conversation>
  readonly deliveries: ReadonlyArray<Delivery>
  readonly vendorFaults: ReadonlyArray<VendorFault>
  readonly outages: ReadonlyArray<Outage>
  /** A topic that is deleted and created again, once all of it is read. */
  readonly anew?: { readonly after: number; readonly topic: Delivery["topic"] }
  /** The operations that operators order. */
  readonly orders: ReadonlyArray<Order>
  /** When idle communications are deleted, milliseconds after the start of the run. */
  readonly forgets?: number
  /** Processes that run side by side. */
  readonly processes: 1 | 2
  /** The fates of the first process, the second, …; a process without a fate keeps running. */
  readonly fates: ReadonlyArray<Fate>
  readonly disturbances: ReadonlyArray<Disturbance>
  /** How the vendors differ from the usual ones. */
  readonly peculiarity?: Peculiarity
}
