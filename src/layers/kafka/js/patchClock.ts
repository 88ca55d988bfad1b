import { inTime } from "./inTime.ts"

/**
 * Milliseconds on the monotonic clock. kafkajs reads the wall clock, so a jump backwards stops everything that waits
 * for it.
 */
const now = (): number => performance.now()

interface SentRequest {
  readonly sentAt: number
  readonly requestTimeout: number
  timeoutRequest(): void
}

export interface RequestQueue {
  readonly pending: ReadonlyArray<unknown>
  readonly inflight: ReadonlyMap<number, SentRequest>
  readonly maxInFlightRequests?: number | null
  readonly enforceRequestTimeout: boolean
  /** Called when an answer is overdue. */
  overdue?: () => void
  throttledUntil: number
  requestTimeoutIntervalId: NodeJS.Timeout | null
  throttleCheckTimeoutId: NodeJS.Timeout | null
  maybeThrottle(millis: number | null): void
  canSendSocketRequestImmediately(): boolean
  checkPendingRequests(): void
  scheduleCheckPendingRequests(): void
  scheduleRequestTimeoutCheck(): void
  isConnected(): boolean
  destroy(): void
}

/** kafkajs's own pause before it checks again whether a request may be sent. */
const CHECK_EVERY = 10

/**
 * Throttles by the monotonic clock. An idle client spins on negative timeouts (4.7 % of a core), so the check is
 * scheduled only if a request is pending.
 */
export const throttleMonotonically = (queue: RequestQueue): void => {
  queue.maybeThrottle = function (millis) {
    if (millis !== null && millis > 0) this.throttledUntil = Math.max(now() + millis, this.throttledUntil)
  }
  queue.canSendSocketRequestImmediately = function () {
    const isFull = this.inflight.size >= (this.maxInFlightRequests ?? Number.POSITIVE_INFINITY)
    return !isFull && this.throttledUntil <= now()
  }
  queue.scheduleCheckPendingRequests = function () {
    if (this.pending.length === 0 || this.throttleCheckTimeoutId !== null) return
    const wait = this.throttledUntil - now()
    this.throttleCheckTimeoutId = setTimeout(
      () => {
        this.throttleCheckTimeoutId = null
        this.checkPendingRequests()
      },
      wait > 0 ? wait : CHECK_EVERY
    )
  }
}

/** When requests were sent. */
const sent = new WeakMap<object, number>()

export const noteWhenSent = (request: { send(): void }): void => {
  const send = request.send
  request.send = function () {
    sent.set(this, now())
    send.call(this)
  }
}

/**
 * Each connection checks ten times a second whether an answer is overdue (0.3 % of a core for an idle service). Once a
 * second is soon enough for requests that wait 15 s and more. Waits by the monotonic clock (`noteWhenSent`). Tells the
 * connection, which kafkajs keeps using, although its other end may be gone.
 */
export const checkOverdueEachSecond = (queue: RequestQueue): void => {
  queue.scheduleRequestTimeoutCheck = function () {
    if (!this.enforceRequestTimeout) return
    this.destroy()
    this.requestTimeoutIntervalId = setInterval(() => {
      const late = [...this.inflight.values()].filter((request) => {
        const sentAt = sent.get(request)
        return (sentAt === undefined ? Date.now() - request.sentAt : now() - sentAt) > request.requestTimeout
      })
      for (const request of late) request.timeoutRequest()
      if (late.length > 0) this.overdue?.()
      if (!this.isConnected()) this.destroy()
    }, 1000)
  }
}

interface Metadata {
  readonly topicMetadata: ReadonlyArray<{
    readonly topic: string
    readonly partitionMetadata: ReadonlyArray<{ readonly leader: number }>
  }>
}

/** What kafkajs knows of the brokers, and until when that counts. */
interface BrokerPool {
  readonly metadata: Metadata | null
  readonly metadataMaxAge: number
  readonly metadataExpireAt: number | null
  refreshMetadata(topics: ReadonlyArray<string>): Promise<void>
  refreshMetadataIfNecessary(topics: ReadonlyArray<string>): Promise<void>
}

/** Milliseconds after which a leader is looked for again. kafkajs's own limit is five minutes. */
const LEADERLESS = 2000

/** Lets metadata expire by the monotonic clock, and sooner if a partition has no leader. */
export const ageMonotonically = (pool: BrokerPool): void => {
  const freshUntil = new WeakMap<object, number>()
  const refresh = pool.refreshMetadata
  pool.refreshMetadata = async function (topics) {
    freshUntil.delete(this)
    await refresh.call(this, topics)
    const isLeaderless = this.metadata?.topicMetadata.some(({ partitionMetadata }) =>
      partitionMetadata.some(({ leader }) => leader === -1)
    )
    freshUntil.set(this, now() + (isLeaderless === true ? LEADERLESS : this.metadataMaxAge))
  }
  pool.refreshMetadataIfNecessary = async function (topics) {
    const known = new Set(this.metadata?.topicMetadata.map(({ topic }) => topic))
    // Whatever invalidates the metadata sets `metadataExpireAt` to null.
    const isFresh = this.metadataExpireAt !== null && now() <= (freshUntil.get(this) ?? -1)
    if (!isFresh || !topics.every((topic) => known.has(topic))) await this.refreshMetadata(topics)
  }
}

interface Membership {
  readonly groupId: string
  readonly generationId: number
  readonly memberId: string | null
}

interface ConsumerGroup extends Membership {
  readonly sessionTimeout: number
  readonly coordinator: { heartbeat(beat: object): Promise<void> }
  readonly instrumentationEmitter: { emit(event: string, payload: object): void }
  heartbeat(options: { readonly interval: number }): Promise<void>
}

/** kafkajs's name of the event. */
const HEARTBEAT = "consumer.heartbeat"

const lateBeat = ({ sessionTimeout }: ConsumerGroup) =>
  Object.assign(new Error(`the coordinator has not answered in ${sessionTimeout} ms`), { name: "Timeout" })

/**
 * Sends the heartbeats of a membership by the monotonic clock. After the wall clock has jumped backwards, kafkajs sends
 * none until it has caught up, and the brokers end the membership.
 */
export const beatMonotonically = (group: Pick<ConsumerGroup, "heartbeat">): void => {
  const beats = new WeakMap<object, { at: number; underWay: Promise<void> | undefined }>()

  const beat = async (it: ConsumerGroup) => {
    const { generationId, groupId, memberId } = it
    const payload = { groupId, memberId, groupGenerationId: generationId }
    await inTime(it.coordinator.heartbeat(payload), it.sessionTimeout, () => lateBeat(it))
    it.instrumentationEmitter.emit(HEARTBEAT, payload)
  }

  group.heartbeat = function (this: ConsumerGroup, { interval }) {
    const last = beats.get(this) ?? { at: now(), underWay: undefined }
    beats.set(this, last)
    if (last.underWay === undefined && this.memberId !== null && this.memberId !== "" && now() >= last.at + interval) {
      last.underWay = beat(this)
        .then(() => void (last.at = now()))
        .finally(() => (last.underWay = undefined))
    }
    return last.underWay ?? Promise.resolve()
  }
}
