import type { Journey } from "../journeys/Journey.ts"
import type { JourneysFile } from "../journeys/JourneysFile.ts"
import { templateVariables } from "../journeys/template.ts"
import type { Problem } from "../record/RecordReader.ts"
import { nearestName } from "../values/nearestName.ts"

/** The variables that the documented record gives (SPEC 4.1): of `cliente`, of `dados_jornada`, and `data_entrega`. */
const documented = (
  "id nome sobrenome email num_telefone cpf cnpj cpf_cnpj documento " +
  "num_pedido remessa dat_entrega dat_emissao num_nota url_nota data_entrega"
).split(" ")

/** A `{{variable}}` that the documented record does not have. A producer may send it anyway. */
export interface UnknownVariable {
  /** `journeys.NAME.case.FIELD`. */
  readonly path: string
  readonly name: string
  /** The text that replaces it. */
  readonly otherwise: string
  /** The documented name that it is most likely meant to be. */
  readonly meant?: string
}

/** The variables of one journey that are neither documented nor among `more`. */
const unknownIn = (journey: Journey, more: ReadonlyArray<string>): ReadonlyArray<UnknownVariable> => {
  const known = [...documented, ...more]
  return Object.entries(journey.case).flatMap(([field, template]) =>
    (typeof template === "string" ? templateVariables(template) : []).flatMap(({ name, otherwise }) => {
      if (known.includes(name)) return []
      const meant = nearestName(name, known)
      return [
        { path: `journeys.${journey.name}.case.${field}`, name, otherwise, ...(meant !== undefined && { meant }) }
      ]
    })
  )
}

/** Every variable of the file that is neither documented nor among `more`, the names of a producer's own fields. */
export const unknownVariables = (
  { journeys }: Pick<JourneysFile, "journeys">,
  more: ReadonlyArray<string> = []
): ReadonlyArray<UnknownVariable> => [...journeys.values()].flatMap((journey) => unknownIn(journey, more))

/** True if it is misspelt or no text replaces it, so that the customer or the agent would read a gap. */
export const isDoubtful = ({ meant, otherwise }: UnknownVariable): boolean => meant !== undefined || otherwise === ""

/** The unknown variable in words, for the author of the file. */
export const unknownText = ({ meant, name, otherwise }: UnknownVariable): string => {
  const shown = otherwise === "" ? "empty text" : JSON.stringify(otherwise)
  return `{{${name}}} is not a documented field${meant === undefined ? "" : `: is {{${meant}}} meant?`} (${shown} where a record does not have it)`
}

/** The variables that are most likely not intended (CONTRACT "Journeys file"). */
export const doubtfulVariables = (file: Pick<JourneysFile, "journeys">): ReadonlyArray<Problem> =>
  unknownVariables(file)
    .filter(isDoubtful)
    .map((one) => ({ path: one.path, problem: unknownText(one) }))
