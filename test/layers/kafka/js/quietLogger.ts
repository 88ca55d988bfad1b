const nothing = () => {}

/** A logger of kafkajs that writes nothing. */
export const quietLogger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  namespace: () => quietLogger
}
