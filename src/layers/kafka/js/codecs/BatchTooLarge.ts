/** A batch unpacks to more bytes than `KAFKA_MAX_BATCH`. */
export class BatchTooLarge extends Error {
  override readonly name = "BatchTooLarge"

  constructor(limit: number) {
    super(`its records unpack to more than KAFKA_MAX_BATCH (${limit} bytes)`)
  }
}
