import type { Arrived, Observed, Response } from "./Observed.ts"

const eventos = ({ responses }: Arrived) => [...new Set(responses.map(({ evento }) => evento))].sort().join()

const messageOf = ({ resultados }: Response) => resultados.whatsapp?.response.message_id

const endings = {
  order: ["response", "repeat", "refused"],
  invalid: ["dead_letter"],
  skipped: ["skipped"],
  "unknown journey": ["dead_letter"],
  "by phone": ["response", "parked", "dead_letter"],
  events: ["response", "parked"],
  stranger: ["parked"],
  orphan: ["dead_letter"]
}

/** SPEC 2.7, 8.11: how one record ended. */
const endOf = (record: Arrived): ReadonlyArray<string> => {
  const { deadLetters, ending = "not at all", expected, origin, responses } = record
  const wrong = (what: string) => `${origin} (${expected.kind}) ${what}`
  const problems: Array<string> = []
  const isOrphan = expected.kind === "stranger" && expected.ours
  const mayBeOrphan = expected.kind === "events" && expected.orphans === true
  if (!mayBeOrphan && !endings[isOrphan ? "orphan" : expected.kind].includes(ending))
    problems.push(wrong(`ended ${ending}`))
  const wantsLetter = isOrphan || expected.kind === "invalid" || expected.kind === "unknown journey"
  // Several communications with that phone may await an answer.
  const isAmbiguous = expected.kind === "by phone" && ending === "dead_letter"
  if (!mayBeOrphan && (wantsLetter || isAmbiguous) !== deadLetters > 0)
    problems.push(wrong(`has ${deadLetters} dead letters`))
  const told = eventos(record)
  switch (expected.kind) {
    case "order":
      if (told !== "comunicacao" && told !== "conflito") problems.push(wrong(`was answered "${told}"`))
      if (told === "comunicacao" && responses.some(({ erro }) => erro !== undefined))
        problems.push(wrong("was refused"))
      break
    case "invalid":
      if (told !== expected.evento) problems.push(wrong(`was answered "${told}"`))
      break
    case "events":
      for (const { evento, id } of expected.events) {
        const own = responses.filter((response) => messageOf(response) === id)
        if (own.length === 0 || own.some((response) => response.evento !== evento)) {
          problems.push(wrong(`has ${own.length} responses to ${evento} ${id}`))
        }
      }
      break
    case "skipped":
      if (told !== "") problems.push(wrong(`was answered "${told}"`))
      break
    case "unknown journey":
      if (told !== "comunicacao" || responses.some(({ erro }) => erro?.codigo !== "JORNADA_DESCONHECIDA")) {
        problems.push(wrong(`was answered "${told}"`))
      }
      break
    case "by phone":
      if (isAmbiguous && told !== "correlacao_ambigua") problems.push(wrong(`was answered "${told}"`))
      break
    case "stranger":
      if (told !== (expected.ours ? "correlacao_desconhecida" : "")) problems.push(wrong(`was answered "${told}"`))
  }
  return problems
}

/** SPEC 1.4, 7.3: each `id_resposta` has one content. Two responses with the same one differ only in the place of their record. */
export const contentViolations = ({ responses }: Observed): ReadonlyArray<string> =>
  [...Map.groupBy(responses, ({ id_resposta }) => id_resposta)].flatMap(([id, own]) => {
    const texts = new Set(own.map(({ duplicado: _, origem: __, ...content }) => JSON.stringify(content)))
    return texts.size === 1 ? [] : [`response ${id} has ${texts.size} contents: ${[...texts].join(" and ")}`]
  })

/** Every record has its ending, its responses and its dead letter. */
export const endViolations = ({ arrived }: Pick<Observed, "arrived">): ReadonlyArray<string> => arrived.flatMap(endOf)

/** Every record has its ending and its responses, and each response has one content. */
export const recordViolations = (observed: Observed): ReadonlyArray<string> => [
  ...endViolations(observed),
  ...contentViolations(observed)
]
