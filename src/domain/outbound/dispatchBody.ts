import type { Json } from "../record/ChannelResult.ts"
import { orderNumber, type Outbound } from "./Outbound.ts"

export interface DispatchInput {
  readonly outbound: Outbound
  /** E.164. */
  readonly phone: string
  /** Absent without a Case (SPEC 2.3). */
  readonly caseNumber?: string
}

/** The body of the dispatch (SPEC 5.1). Deterministic: the same for the same input. */
export const dispatchBody = ({ outbound, phone, caseNumber }: DispatchInput): Json => {
  const { remessa } = outbound.dados_jornada
  return {
    contacts: [
      {
        context: {
          cod_jornada: outbound.cod_jornada,
          id_contexto: outbound.id_correlacao,
          ...(caseNumber !== undefined && { id_case: caseNumber })
        },
        fullNumber: phone,
        num_pedido: orderNumber(outbound),
        ...(remessa !== undefined && remessa !== "" && { remessa })
      }
    ]
  }
}
