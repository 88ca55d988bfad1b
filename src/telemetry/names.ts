/** The names of log annotations (SPEC 9.6). */
export const annotation = {
  correlationId: "id_correlacao",
  caseNumber: "case_number",
  caseSysId: "case_sys_id",
  messageId: "message_id",
  journey: "cod_jornada"
} as const

/** The names of our own span attributes. All others follow OpenTelemetry's semantic conventions. */
export const attribute = {
  correlationId: "id_correlacao",
  caseNumber: "case.number",
  caseSysId: "case.sys_id",
  messageId: "whatsapp.message_id",
  journey: "cod_jornada",
  /** `desconhecido` while it is unknown whether a dispatch was accepted, as in the response (SPEC 5.3). */
  outcome: "resultado",
  responseId: "id_resposta",
  event: "evento",
  status: "response_status"
} as const

const ids = new Set<string>([...Object.values(annotation), ...Object.values(attribute)])

const correlations = new Set<string>([annotation.correlationId, annotation.journey])

/** Whether values under this name are ids that producers choose freely. */
export const holdsCorrelation = (name: string): boolean => correlations.has(name)

/**
 * Whether values under this name are ids. Ids are never masked, because a mask would mistake parts of them for phones.
 */
export const isId = (name: string): boolean => ids.has(name)
