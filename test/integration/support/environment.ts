/** A variable that these tests cannot do without: they fail, never skip, when it is unset (CONTRACT "Commands"). */
const needed = (name: string): string => {
  const value = process.env[name]
  if (value === undefined || value === "") {
    throw new Error(`${name} is not set: integration tests need a real one (README "Tests")`)
  }
  return value
}

export const kafkaBrokers = (): string => needed("KAFKA_BROKERS")
export const databaseUrl = (): string => needed("DATABASE_URL")

/** Where the collector takes OTLP over HTTP, and Jaeger answers: both or none (CONTRACT "Commands"). */
export const telemetry = () => ({
  endpoint: needed("OTEL_EXPORTER_OTLP_ENDPOINT"),
  jaegerUrl: needed("JAEGER_QUERY_URL")
})
telemetry.given = () => [process.env.OTEL_EXPORTER_OTLP_ENDPOINT, process.env.JAEGER_QUERY_URL].some((value) => value)
