export type TableName = "csm_consumer" | "sn_customerservice_case"

export interface Field {
  readonly kind: "text" | "choice" | "reference" | "time" | "journal"
  /** For a reference: the table that it points to. */
  readonly table?: string
  /** For a choice: the displayed text, by value. */
  readonly labels?: Readonly<Record<string, string>>
  /** Characters. A longer value is cut silently. */
  readonly maxLength?: number
  /** Only the system writes it. */
  readonly readOnly?: true
}

const text: Field = { kind: "text" }
const readOnly: Field = { kind: "text", readOnly: true }
const reference = (table: string): Field => ({ kind: "reference", table })
const choice = (labels: Record<string, string>): Field => ({ kind: "choice", labels })

const systemFields: Record<string, Field> = {
  sys_id: readOnly,
  number: readOnly,
  sys_created_on: { kind: "time", readOnly: true },
  sys_created_by: readOnly,
  sys_updated_on: { kind: "time", readOnly: true },
  sys_updated_by: readOnly,
  sys_mod_count: readOnly,
  active: text
}

const severity = { "1": "1 - High", "2": "2 - Medium", "3": "3 - Low" }

/** The standard fields, and those of this customer (`u_…`), in the order of an answer. */
const standardFields: Readonly<Record<TableName, Readonly<Record<string, Field>>>> = {
  csm_consumer: {
    ...systemFields,
    name: readOnly,
    first_name: text,
    last_name: text,
    email: text,
    phone: text,
    mobile_phone: text,
    u_cpf_cnpj: text
  },
  sn_customerservice_case: {
    ...systemFields,
    consumer: reference("csm_consumer"),
    account: reference("customer_account"),
    contact: reference("customer_contact"),
    short_description: { kind: "text", maxLength: 160 },
    description: { kind: "text", maxLength: 4000 },
    contact_type: choice({ phone: "Phone", email: "Email", web: "Web", chat: "Chat", social: "Social" }),
    category: choice({ "0": "Question", "1": "Issue", "2": "Feature" }),
    subcategory: text,
    priority: choice({ "1": "1 - Critical", "2": "2 - High", "3": "3 - Moderate", "4": "4 - Low" }),
    impact: choice(severity),
    urgency: choice(severity),
    state: choice({
      "1": "New",
      "3": "Closed",
      "6": "Resolved",
      "7": "Cancelled",
      "10": "Open",
      "18": "Awaiting Info"
    }),
    assignment_group: reference("sys_user_group"),
    assigned_to: reference("sys_user"),
    opened_by: reference("sys_user"),
    opened_at: { kind: "time" },
    resolution_code: text,
    close_notes: text,
    work_notes: { kind: "journal" },
    comments: { kind: "journal" },
    correlation_id: { kind: "text", maxLength: 100 },
    correlation_display: { kind: "text", maxLength: 100 },
    u_id_correlacao: text,
    u_num_pedido: text,
    u_msisdn: text
  }
}

/**
 * Whether a name such as `short_description`, `sn_customerservice_case.number`, `u_*` or `*` means this field of this
 * table.
 */
export const meansField = (name: string, table: TableName, field: string): boolean => {
  const [own = "", of] = name.split(".").reverse()
  if (of !== undefined && of !== table) return false
  return own.endsWith("*") ? field.startsWith(own.slice(0, -1)) : own === field
}

/** The length that the options give to a column. Its own name takes precedence over a pattern. */
const lengthIn = (lengths: Readonly<Record<string, number>>, table: TableName, field: string): number | undefined => {
  const names = Object.keys(lengths).filter((name) => meansField(name, table, field))
  const name = names.find((one) => !one.includes("*")) ?? names[0]
  return name === undefined ? undefined : lengths[name]
}

/** The fields that a table of this instance has, under its options. */
export const fieldsOf = (
  table: TableName,
  options: {
    readonly withoutFields: ReadonlyArray<string>
    readonly extraFields: ReadonlyArray<string>
    readonly columnLengths: Readonly<Record<string, number>>
  }
): ReadonlyMap<string, Field> => {
  const fields = new Map(Object.entries(standardFields[table]))
  for (const name of options.extraFields) if (!fields.has(name)) fields.set(name, text)
  for (const name of options.withoutFields) fields.delete(name)
  for (const [name, field] of fields) {
    const maxLength = field.kind === "text" ? lengthIn(options.columnLengths, table, name) : undefined
    if (maxLength !== undefined) fields.set(name, { ...field, maxLength })
  }
  return fields
}
