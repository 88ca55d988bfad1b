interface Flushable {
  forceFlush(): Promise<void>
  shutdown(): Promise<void>
}

const ignored = () => {}

/** The same processor, whose end is never a failure of ours: a stop while the collector is away is an ordinary stop. */
export const neverRejecting = <P extends Flushable>(processor: P): P =>
  Object.assign(Object.create(processor), {
    forceFlush: () => processor.forceFlush().catch(ignored),
    shutdown: () => processor.shutdown().catch(ignored)
  })
