import { assert, describe, it } from "@effect/vitest"

import { ApiError } from "../../console/src/api/client.ts"
import { errorText } from "../../console/src/api/errorText.ts"

describe("an action that fails says why", () => {
  it.each([
    [new ApiError(0, "network"), "O serviço não responde"],
    [new ApiError(403, "this needs the role operator"), "Sem permissão"],
    [new ApiError(404, "not found"), "Não encontrado"],
    [new ApiError(503, "Kafka or the database does not answer"), "O serviço não conseguiu responder a isto a tempo."],
    [
      new ApiError(404, "deleted after RETENTION", "Deleted"),
      "Já foi apagada, pelo prazo de guarda ou a pedido do cliente. Restam o id e o estado."
    ],
    [
      new ApiError(400, "codigo: expected a codigo such as TIMEOUT"),
      "O código não tem a forma de um: por exemplo TIMEOUT ou HTTP_500."
    ],
    [new ApiError(400, "expected either ids or filter"), "O serviço recusou o pedido"],
    [
      new ApiError(413, "the body is larger than 1 MB"),
      "É grande demais: o serviço aceita até 1 MB. Use um filtro em vez de uma lista."
    ],
    [new ApiError(409, "its dispatch is not in doubt: sent", "NotInDoubt"), "O envio não está em dúvida."],
    [new ApiError(409, "several communications", "a, b", ["a", "b"]), "Vários têm este nome"],
    [new ApiError(409, "not in doubt"), "not in doubt"],
    [new ApiError(409, "not in doubt", "it was sent"), "not in doubt · it was sent"],
    [new Error("a defect of the page"), "Error: a defect of the page"]
  ])("%s", (cause, shown) => {
    assert.strictEqual(errorText(cause), shown)
  })
})
