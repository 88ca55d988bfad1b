/** A variable that these tests need: without it they fail and are never skipped (CONTRACT "Commands"). */
const needed = (name: string): string => {
  const value = process.env[name]
  if (value === undefined || value === "") {
    throw new Error(`${name} is not set: integration tests need a real one (CONTRIBUTING "Commands")`)
  }
  return value
}

export const kafkaBrokers = (): string => needed("KAFKA_BROKERS")
export const databaseUrl = (): string => needed("DATABASE_URL")

/** The URLs of the collector (OTLP over HTTP) and of Jaeger: both or none (CONTRACT "Commands"). */
export const telemetry = () => ({
  endpoint: needed("OTEL_EXPORTER_OTLP_ENDPOINT"),
  jaegerUrl: needed("JAEGER_QUERY_URL")
})
telemetry.given = () => [process.env.OTEL_EXPORTER_OTLP_ENDPOINT, process.env.JAEGER_QUERY_URL].some((value) => value)
