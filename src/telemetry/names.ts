/** The names of span and log attributes, in one place (OpenTelemetry's semantic conventions where there are any). */
export const attribute = {
  correlationId: "id_correlacao",
  caseNumber: "case_number",
  caseSysId: "case_sys_id",
  messageId: "message_id",
  journey: "cod_jornada"
} as const

/** Attributes of the span around one record (messaging conventions). */
export const recordAttributes = (
  record: {
    readonly topic: string
    readonly partition: number
    readonly offset: number
  },
  group: string
) => ({
  "messaging.system": "kafka",
  "messaging.operation.name": "process",
  "messaging.operation.type": "process",
  "messaging.destination.name": record.topic,
  "messaging.destination.partition.id": String(record.partition),
  "messaging.consumer.group.name": group,
  "messaging.kafka.offset": record.offset
})
