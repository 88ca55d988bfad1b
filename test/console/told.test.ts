import { assert, describe, it } from "@effect/vitest"
import { OpenApi } from "effect/http-api"

import { problemShown } from "../../console/src/problems.ts"
import { text } from "../../console/src/text/text.ts"
import {
  breakerText,
  effectText,
  reachText,
  refusalText,
  stepEffect,
  vendorText,
  wrongFieldsText
} from "../../console/src/told.ts"
import { OperationAction } from "../../src/api/operations.ts"
import { OperatorApi } from "../../src/api/OperatorApi.ts"
import { RefusalTag, StepTag } from "../../src/domain/operator/RefusalTag.ts"
import { ServiceNowReason, WeniReason } from "../../src/domain/vendor/failureReasons.ts"
import { problemIds } from "../../src/domain/views/overviewProblems.ts"
import { outOfReach } from "../../src/programs/operator/erase.ts"
import { verdicts } from "../../src/programs/operator/preview.ts"

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const { components, paths } = OpenApi.fromApi(OperatorApi)

/** The names of the fields of a schema of OpenAPI, at every depth. */
const fieldsOf = (schema: unknown): ReadonlyArray<string> => {
  if (Array.isArray(schema)) return schema.flatMap(fieldsOf)
  if (!isObject(schema)) return []
  const { $ref, properties, ...rest } = schema
  const named = typeof $ref === "string" ? fieldsOf(components.schemas[$ref.replace("#/components/schemas/", "")]) : []
  const own = isObject(properties) ? [...Object.keys(properties), ...fieldsOf(Object.values(properties))] : []
  return [...named, ...own, ...fieldsOf(Object.values(rest).filter((value) => typeof value === "object"))]
}

/** The fields that a request of any route may have. */
const requestFields = (): ReadonlyArray<string> => {
  const names = Object.values(paths).flatMap(({ delete: remove, get, post }) =>
    [remove, get, post].flatMap((operation) =>
      operation === undefined
        ? []
        : operation.parameters.map(({ name }) => name).concat(fieldsOf(operation.requestBody?.content))
    )
  )
  return [...new Set(names)]
}

/** Those that the console says in the words it was given, or not at all. */
const untold = <A extends string>(names: ReadonlyArray<A>, tell: (name: A) => string | undefined) =>
  names.filter((name) => [undefined, "", name, "in English"].includes(tell(name)))

describe("the console says in Portuguese", () => {
  it("why an action is refused, for each tag of the API", () => {
    assert.include(RefusalTag.literals, "NotInDoubt")
    assert.deepStrictEqual(
      untold(RefusalTag.literals, (tag) => refusalText(tag, "in English")),
      []
    )
  })

  it("what an action would do, for each tag of a step and each action without steps", () => {
    assert.deepStrictEqual(
      untold(StepTag.literals, (tag) => stepEffect({ tag })),
      []
    )
    const stepless = OperationAction.literals.filter((action) => !["retry", "end", "erase"].includes(action))
    assert.deepStrictEqual(
      untold(stepless, (action) => effectText(action, { id: "a", does: "in English" })),
      []
    )
    assert.deepStrictEqual(
      untold(OperationAction.literals, (action) => text.operations.actions[action]),
      []
    )
  })

  it("how a call to a vendor failed", () => {
    const tags = [...ServiceNowReason.members, ...WeniReason.members].map(({ fields }) => fields._tag.schema.literal)
    assert.include(tags, "DispatchRefusal")
    assert.deepStrictEqual(untold(tags, vendorText), [])
  })

  it("which field of a request is wrong, for each field of each route", () => {
    const fields = requestFields()
    for (const name of ["codigo", "customer", "cursor", "reason", "record"]) assert.include(fields, name)
    assert.deepStrictEqual(
      untold(fields, (name) => text.wrongFields[name]),
      []
    )
  })

  it("what is wrong with the service, what a preview finds, and where else a customer's data is", () => {
    assert.deepStrictEqual(
      untold(problemIds, (id) => problemShown({ id, text: "in English", count: 2, runbook: "#a" }).says),
      []
    )
    assert.deepStrictEqual(
      untold(verdicts, (verdict) => text.simulate.verdict[verdict]),
      []
    )
    assert.deepStrictEqual(untold(outOfReach, reachText), [])
  })
})

describe("what the API tells", () => {
  it.each([
    [
      "TooEarly",
      "the last attempt may still be under way; resend in 42 s",
      "A última tentativa ainda pode chegar ao cliente. Dá para enviar de novo em 42 s."
    ],
    [
      "Undispatchable",
      "not sent: TELEFONE_INVALIDO",
      "A mensagem não pode ser enviada. (o telefone não é um número possível)"
    ],
    ["Blind", "o Case não aparece", "O serviço ainda não consegue ver se o caso existe. (o Case não aparece)"],
    ["OfALaterVersion", "a later reason", "a later reason"],
    [undefined, "as an earlier version stored it", "as an earlier version stored it"]
  ])("the refusal %s", (tag, words, told) => {
    assert.strictEqual(refusalText(tag, words), told)
  })

  it.each([
    ["codigo: expected a codigo such as TIMEOUT or HTTP_500", text.wrongFields["codigo"]],
    ["filter.customer: expected a cliente.id, document, e-mail or phone", text.wrongFields["customer"]],
    [
      "ids.0: expected a text that is not blank; reason: expected x",
      `${text.wrongFields["ids"]} ${text.wrongFields["reason"]}`
    ],
    ["the body: expected either record or event", text.wrongFields["the body"]],
    ["filter.estado: is unexpected", "O campo “estado” não serve."],
    ["expected either ids or filter", undefined]
  ])("the wrong field of a request: %s", (words, told) => {
    assert.strictEqual(wrongFieldsText(words), told)
  })

  it("each step that a retry would do", () => {
    const steps = [
      { step: "case", tag: "OpensCase" },
      { step: "dispatch", tag: "FailsAgain", codigo: "EXPIRADA" },
      { step: "event", tag: "Writes" }
    ]
    assert.strictEqual(
      effectText("retry", { id: "a", does: "in English", steps }),
      "caso: abre o caso; envio do WhatsApp: falharia de novo (o pedido ficou velho demais para enviar); escrita no caso: escreve no caso"
    )
    const later = [{ step: "case", tag: "OfALaterVersion" }]
    assert.strictEqual(effectText("retry", { id: "a", does: "in its own words", steps: later }), "in its own words")
  })

  it.each([
    ["closed", ""],
    ["closed, calls begin at 4.8 per second", "chamadas limitadas a 4,8 por segundo"],
    ["open: Refused 503, a probe in 12345 ms", "última resposta: recusou com 503 · próxima prova em 12 s"],
    [
      "open: TokenUnavailable (Timeout), a probe is under way",
      "última resposta: sem token (sem resposta a tempo) · prova em curso"
    ],
    ["open: NotConnected, a call is awaited as probe", "última resposta: sem conexão · a próxima chamada é a prova"]
  ])("the breaker's detail %s", (detail, told) => {
    assert.strictEqual(breakerText(detail), told)
  })
})
