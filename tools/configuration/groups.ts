/** What a variable does. Format, default and whether it is a secret come from the settings' reader. */
export interface Described {
  readonly text: string
  /** Replaces the reader's default, if that is not one constant. */
  readonly fallback?: string
  /** The format, for a variable that the settings do not read: Node, OpenTelemetry or the command line reads it. */
  readonly elsewhere?: string
}

interface Group {
  readonly title: string
  /** A note that applies to all of its variables. */
  readonly note?: string
  readonly variables: Readonly<Record<string, Described>>
}

/** The sections of docs/configuration.md, in the order in which an operator sets them. */
export const groups: ReadonlyArray<Group> = [
  {
    title: "Kafka",
    variables: {
      KAFKA_BROKERS: { text: "The brokers to start from. An IPv6 address stands in brackets: `[::1]:9092`." },
      KAFKA_CLIENT_ID: { text: "The client's name in the brokers' logs and quotas." },
      KAFKA_GROUP_ID: { text: "The consumer group. All replicas share it." },
      KAFKA_SSL: {
        text: "Encrypts the connection.",
        fallback: "`false`; `true` if one of the next three is set"
      },
      KAFKA_SSL_CA: {
        text: "PEM file of the authority (or several) that signed the brokers' certificates. It replaces the authorities that Node knows."
      },
      KAFKA_SSL_CERT: { text: "PEM file of this client's certificate. Set it together with its key." },
      KAFKA_SSL_KEY: { text: "PEM file of the key of `KAFKA_SSL_CERT`." },
      KAFKA_SASL_MECHANISM: {
        text: "How the service logs in. Set all three `KAFKA_SASL_` variables or none. Without `KAFKA_SSL` the start warns."
      },
      KAFKA_SASL_USERNAME: { text: "The user of that login." },
      KAFKA_SASL_PASSWORD: { text: "The password of that login." },
      KAFKA_CREATE_TOPICS: {
        text: "Creates missing topics with 12 partitions and one replica, for local use. If `false`, the log names missing topics, the service is not ready, and it checks again every 3 s."
      },
      KAFKA_MAX_BATCH: {
        text: "Bytes to which a compressed record batch may unpack, with `KB`, `MB` or `GB` (each 1,024 times the smaller unit). The partition of a larger batch waits before it, with an error every 30 s (SPEC 9.5)."
      },
      KAFKA_START_AT: {
        text: "Where a group without offsets begins. The start logs how many records lie ahead. It never skips a record of a partition that the database knows (SPEC 9.10)."
      }
    }
  },
  {
    title: "Topics",
    note: "`TOPIC_IN` and `TOPIC_INBOUND` have no other purpose: the service would read its own responses and dead letters. The dead letters of both may share a topic.",
    variables: {
      TOPIC_IN: { text: "The orders that the service reads." },
      TOPIC_IN_DLQ: { text: "Its dead letters.", fallback: "`TOPIC_IN` + `.dlq`" },
      TOPIC_INBOUND: { text: "The customers' events that the service reads." },
      TOPIC_INBOUND_DLQ: { text: "Its dead letters.", fallback: "`TOPIC_INBOUND` + `.dlq`" },
      TOPIC_RESPONSE: { text: "The responses that the service writes." }
    }
  },
  {
    title: "ServiceNow",
    note: "Log in with user and password (Basic auth), or with client id and secret (OAuth). One of the two pairs is required.",
    variables: {
      SERVICENOW_URL: { text: "The instance, such as `https://example.service-now.com`." },
      SERVICENOW_USERNAME: { text: "Basic auth, with `SERVICENOW_PASSWORD`." },
      SERVICENOW_PASSWORD: { text: "The password of that user." },
      SERVICENOW_CLIENT_ID: {
        text: "OAuth with client credentials (`/oauth_token.do`), with `SERVICENOW_CLIENT_SECRET`. If user and password are set too, OAuth uses the password grant."
      },
      SERVICENOW_CLIENT_SECRET: { text: "The secret of that client." },
      SERVICENOW_GUEST_CONSUMER: {
        text: "sys_id of the generic consumer, for orders whose customer cannot be identified. The default is the documented one, which is not a sys_id: **set yours**. The start warns until you do."
      },
      SERVICENOW_DOCUMENT_FIELD: { text: "Field of `csm_consumer` that holds the CPF or CNPJ." },
      SERVICENOW_PHONE_FIELDS: { text: "Fields of `csm_consumer` that hold phones." },
      SERVICENOW_KEY_FIELD: {
        text: "Field of the Case that holds `id_correlacao` and by which a Case is searched after a lost answer. `correlation_id` exists on every instance (SPEC 4.3)."
      },
      SERVICENOW_ASSIGNMENT_GROUP: { text: "sys_id of the group of every new Case. A journey can have its own." },
      SERVICENOW_HUMAN_GROUP: {
        text: "sys_id of the group that gets the Case after NÃO. A journey can have its own (`humanGroup`). Without either the group does not change."
      },
      SERVICENOW_OPENED_BY: { text: "sys_id of who opens every Case. A journey can have its own." },
      SERVICENOW_TIMEOUT: {
        text: "Time-out of one attempt, from the first byte of the request. It should exceed the instance's own limit of 60 s."
      },
      SERVICENOW_CONCURRENCY: { text: "Requests in progress at once, per replica." }
    }
  },
  {
    title: "Weni",
    variables: {
      WENI_URL: { text: "The campaign API." },
      WENI_API_KEY: { text: "The account's key." },
      WENI_API_SECRET: { text: "The account's secret." },
      WENI_RETRY_STATUS: {
        text: "Statuses of which you are sure that the message was **not** accepted, so that the service sends it again. `429` alone is the strictest value ([vendors.md](vendors.md#weni-and-omnichat))."
      },
      WENI_TIMEOUT: { text: "Time-out of one attempt, from the first byte of the request." },
      WENI_CONCURRENCY: { text: "Requests in progress at once, per replica." }
    }
  },
  {
    title: "Retries and circuit breakers",
    variables: {
      RETRY_ATTEMPTS: { text: "Attempts of one call, the first included." },
      RETRY_BASE_DELAY: { text: "Delay before the second attempt. It doubles each time, with jitter." },
      RETRY_MAX_DELAY: { text: "Upper limit of that delay." },
      BREAKER_FAILURES: { text: "Consecutive failed attempts that open a vendor's circuit breaker." },
      BREAKER_AFTER: { text: "Time of nothing but failures that also opens it." },
      BREAKER_RESET: { text: "Time from opening to the next probe." },
      BREAKER_MAX_WAIT: { text: "How long an order's Case or dispatch waits for its vendor before it fails." },
      RETRY_AFTER_MAX: {
        text: "Longest time for which the service obeys a vendor's `Retry-After` or `X-RateLimit-Reset`. `BREAKER_MAX_WAIT` limits it too."
      }
    }
  },
  {
    title: "Database",
    variables: {
      DATABASE_URL: {
        text: "Postgres 14 or later: `postgres://user:password@host:port/database?…` with libpq's parameters ([database.md](database.md#the-url)), directly or through a pooler in session mode. Any number of replicas share one database. With `NODE_ENV=production`, as in the image, either this or `DATA_DIR` is required."
      },
      DATA_DIR: {
        text: "Directory of the embedded PGlite, used without `DATABASE_URL`. One process at a time. **PGlite survives a crash of the process, not of the machine: use Postgres in production.**",
        fallback: "`./data`; none with `NODE_ENV=production`"
      },
      NODE_ENV: { text: "`production` forbids the default of `DATA_DIR`. The image sets it." },
      RETENTION: {
        text: "A communication without a new fact for that long, and without pending work, is deleted. Its id and a hash of its content stay, so that a late repeat is still recognized."
      },
      SEARCH_KEY: {
        text: "Key under which phones, e-mails, documents and `cliente.id` are searched and pages of lists are sealed. The same for all replicas. A new key rebuilds that part of the index after the start.",
        fallback: "generated once, kept in the database"
      }
    }
  },
  {
    title: "Work",
    variables: {
      JOURNEYS_FILE: {
        text: "The journeys file. A relative path starts at the working directory ([journeys.md](journeys.md)).",
        fallback: "`journeys.yaml` of the project"
      },
      MAX_IN_FLIGHT: { text: "Records in progress at once, per topic and replica." },
      ORPHAN_AFTER: { text: "How long an event waits for its communication (SPEC 8.3)." },
      OPERATION_RATE: {
        text: "Communications or dead letters that operators' operations start per second, over all replicas (SPEC 10.3)."
      },
      SHUTDOWN_GRACE: {
        text: "How long a stop waits for work in progress. More than `WENI_TIMEOUT` plus 5 s; the supervisor has to wait longer before it kills."
      },
      TCP_ORPHAN_TIMEOUT: {
        text: "How long the kernel of a crashed process may still send what the process had written. Linux gives up 103 s after the first byte. With the sysctl `net.ipv4.tcp_orphan_retries` = n from 1 to 8, it gives up after (2ⁿ⁺¹ − 1) × 0.2 s plus one round trip. The same for all replicas."
      },
      LOG_LEVEL: { text: "The least severe level that is logged." },
      LOG_FORMAT: {
        text: "`json`: one line of JSON for each entry. `pretty`: lines for people, with local times (America/Sao_Paulo)."
      }
    }
  },
  {
    title: "HTTP, API and console",
    variables: {
      HTTP_HOST: {
        text: "Address of health, metrics, API and console. On loopback they answer only to a loopback `Host`."
      },
      HTTP_PORT: { text: "Their port. `0` lets the system choose." },
      OPERATOR_TOKENS: {
        text: "Operators as `name:token:role+role`, separated by commas, such as `ana:TOKEN:operator,carla:TOKEN:operator+privacy`. The roles are `viewer`, `operator` and `privacy` (SPEC 11.2). A token has 16 to 200 printable characters without `:` and `,`. A repeated name or token stops the start."
      },
      OPERATOR_TOKEN: {
        text: "One more operator, named `operator`, with all roles. Without any token the API answers only when it is bound to loopback and requested with a loopback `Host`, as `local` with all roles."
      },
      SESSION_IDLE: { text: "How long a session of the console lasts without a request." },
      TRACE_URL: { text: "Where the console links a trace to." },
      CTX_URL: {
        text: "Where the running service is. Only `npm run ctx` reads it.",
        elsewhere: "an http or https URL",
        fallback: "`http://127.0.0.1:8080`"
      }
    }
  },
  {
    title: "Telemetry",
    note: "These are OpenTelemetry's own names, which are often set for a whole cluster. So a value that the service does not know (another sampler, `grpc`, `console`) is ignored with a warning and never stops the start.",
    variables: {
      OTEL_EXPORTER_OTLP_ENDPOINT: {
        text: "Collector for traces, metrics and logs, by OTLP over HTTP in protobuf: `{endpoint}/v1/traces`, `/v1/metrics`, `/v1/logs`. Without an endpoint nothing is exported."
      },
      "OTEL_EXPORTER_OTLP_{SIGNAL}_ENDPOINT": {
        text: "`SIGNAL` is `TRACES`, `METRICS` or `LOGS`, here and below. The endpoint of one signal, used as it is."
      },
      OTEL_SDK_DISABLED: { text: "`true` exports nothing." },
      "OTEL_{SIGNAL}_EXPORTER": { text: "`none` does not export that signal." },
      OTEL_EXPORTER_OTLP_HEADERS: { text: "Headers of every export. Those of a signal are added to them." },
      "OTEL_EXPORTER_OTLP_{SIGNAL}_HEADERS": { text: "Headers of that signal." },
      OTEL_EXPORTER_OTLP_TIMEOUT: { text: "Milliseconds for one export.", fallback: "`2000`" },
      "OTEL_EXPORTER_OTLP_{SIGNAL}_TIMEOUT": { text: "The same for one signal.", fallback: "the one above" },
      OTEL_EXPORTER_OTLP_PROTOCOL: { text: "The one protocol that the service speaks.", fallback: "`http/protobuf`" },
      "OTEL_EXPORTER_OTLP_{SIGNAL}_PROTOCOL": { text: "The same for one signal.", fallback: "the one above" },
      OTEL_EXPORTER_OTLP_COMPRESSION: { text: "Compression of every export.", fallback: "`none`" },
      "OTEL_EXPORTER_OTLP_{SIGNAL}_COMPRESSION": { text: "The same for one signal.", fallback: "the one above" },
      OTEL_EXPORTER_OTLP_CERTIFICATE: { text: "PEM file of the collector's authority." },
      "OTEL_EXPORTER_OTLP_{SIGNAL}_CERTIFICATE": { text: "The same for one signal." },
      OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: { text: "PEM file of this client's certificate." },
      "OTEL_EXPORTER_OTLP_{SIGNAL}_CLIENT_CERTIFICATE": { text: "The same for one signal." },
      OTEL_EXPORTER_OTLP_CLIENT_KEY: { text: "PEM file of that certificate's key." },
      "OTEL_EXPORTER_OTLP_{SIGNAL}_CLIENT_KEY": { text: "The same for one signal." },
      OTEL_TRACES_SAMPLER: {
        text: "Which traces are recorded. With `always_on` a producer's `traceparent` that is not sampled does not drop ours. The collector is the better place to drop traces."
      },
      OTEL_TRACES_SAMPLER_ARG: { text: "The share of traces, for the samplers by ratio." },
      OTEL_SERVICE_NAME: { text: "The exporter's name.", elsewhere: "text", fallback: "`brom-ctx`" },
      OTEL_RESOURCE_ATTRIBUTES: {
        text: "More attributes of the exporter.",
        elsewhere: "`name=value,name=value`"
      }
    }
  },
  {
    title: "Network",
    variables: {
      HTTPS_PROXY: {
        text: "Proxy for `https` requests to the vendors and the collector, through a tunnel (`CONNECT`). The name in lower case wins, here and below."
      },
      HTTP_PROXY: { text: "Proxy for `http` requests, and for `https` without `HTTPS_PROXY`." },
      NO_PROXY: {
        text: "Hosts that are called directly, separated by commas: a host with its subdomains, `*.domain`, `host:port`, an address, `*`."
      },
      NODE_EXTRA_CA_CERTS: {
        text: "More authorities that all TLS connections trust, such as a company's. Node reads it.",
        elsewhere: "a PEM file"
      }
    }
  },
  {
    title: "No longer used",
    variables: {
      RUNNER_HOST: { text: "Ignored with a warning: replicas have no addresses any more." },
      RUNNER_PORT: { text: "The same." }
    }
  }
]
