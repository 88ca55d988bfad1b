/** The first pattern that fits names the part. */
const parts: ReadonlyArray<readonly [part: string, url: RegExp]> = [
  ["HTTP", /\/node_modules\/undici\/|\/src\/layers\/http\//],
  ["ServiceNow and Weni adapters", /\/src\/layers\/(servicenow|weni|breaker)\//],
  [
    "journal",
    /\/node_modules\/(pg|pg-[^/]+|@effect\/sql-pg|@electric-sql|effect\/(dist|src)\/sql)\/|\/src\/layers\/(journal|database)\//
  ],
  ["Kafka", /\/node_modules\/kafkajs\/|\/src\/layers\/kafka\//],
  [
    "telemetry",
    /\/node_modules\/@(opentelemetry|effect\/opentelemetry)\/|\/src\/telemetry\/|\/effect\/(dist|src)\/(internal\/)?(tracer|metric|logger|Tracer|Metric|Logger)\b/
  ],
  ["actor: locks", /\/src\/layers\/ownership\//],
  ["actor: schema", /\/effect\/(dist|src)\/(internal\/schema\/|Schema)/],
  ["actor: programs and domain", /\/src\/(programs|domain|services|http|[^/]+\.ts$)/],
  ["actor: Effect's runtime", /\/node_modules\/(effect|@effect)\//]
]

/** The part of the service that a file belongs to. `undefined` for Node's own files and for built-in functions. */
export const partOf = (url: string) => parts.find(([, pattern]) => pattern.test(url))?.[0]
