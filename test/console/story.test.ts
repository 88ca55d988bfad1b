import { assert, describe, it } from "@effect/vitest"

import { stepsOf, waitText } from "../../console/src/story/story.ts"
import { Fact } from "../../src/domain/communication/Fact.ts"

describe("the story of a communication is in Portuguese", () => {
  it("each fact has a title, whatever the service calls it", () => {
    const tags = Fact.members.map(({ fields }) => fields._tag.schema.literal)
    assert.include(tags, "RetryRequested")
    const untold = tags.filter((fact) =>
      stepsOf([{ at: 0, fact, text: "in English", data: {} }]).some(({ title }) => title === "in English")
    )
    assert.deepStrictEqual(untold, [])
  })

  it("a request of an operator names its steps", () => {
    const steps = ["case", "dispatch", '["entregue wamid.1",0]', '["lida wamid.1",0]']
    const [told] = stepsOf([{ at: 0, fact: "RetryRequested", text: "", data: { steps } }])
    assert.strictEqual(told?.title, "Nova tentativa pedida")
    assert.strictEqual(told?.more, "caso, envio do WhatsApp, escrita no caso")
  })

  it("a decision says who took it and why, and leads to its operation", () => {
    const decided = { decision: "sent", by: "ana", reason: "a Weni confirmou", operation: "op-1" }
    const [told] = stepsOf([
      { at: 0, fact: "Decided", text: "", data: decided, by: decided.by, reason: decided.reason }
    ])
    assert.deepInclude(told, {
      title: "Decisão: foi enviada",
      by: "ana",
      reason: "a Weni confirmou",
      operation: "op-1"
    })
  })

  it.each([
    ["close", "fechamento marcado"],
    ["outcome of the dispatch", "resultado do envio"],
    ["write of retorno_sim", "escrita no caso: disse SIM"],
    ["write of outcome", "escrita no caso: nota do envio"],
    ["write of close", "escrita no caso: fechamento"],
    ["its next attempt (case)", "nova tentativa: caso"],
    ["its next attempt (write on the Case)", "nova tentativa: escrita no caso"],
    ["acknowledgement of #2", "confirmação do Kafka: resposta #2"],
    ["what a later version waits for", "what a later version waits for"]
  ])("a communication waits for: %s", (what, shown) => {
    assert.strictEqual(waitText(what), shown)
  })
})
