import { createServer, type Server } from "node:http"

import { afterAll, assert, beforeAll, describe, it, vi } from "@effect/vitest"
import type { Browser, Page } from "playwright-core"

import { axeViolations, hasBrowser, launchBrowser, openPage, settled } from "./support/browser.ts"
import { startDemo } from "./support/DemoService.ts"

// A browser on a busy machine takes its time.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 })

const pages = [
  "/",
  "/comunicacoes",
  "/em-duvida",
  "/cartas-mortas",
  "/simular",
  "/jornadas",
  "/operacoes",
  "/eventos-a-espera",
  "/auditoria",
  "/privacidade"
]

/** Gives the reason, confirms what the dialog shows, and closes it when the operation has ended. */
const confirm = async (page: Page, reason: string) => {
  const dialog = page.getByRole("dialog")
  await dialog.locator(".big-number").waitFor()
  await dialog.getByLabel("Motivo").fill(reason)
  await dialog.getByRole("button", { name: /^Confirmar/ }).click()
  await dialog.getByText(/^(?:Terminou|Feito\.)$/).waitFor({ timeout: 120_000 })
  await dialog.locator("footer").getByRole("button", { name: "Fechar" }).click()
}

/** The page of the first communication of a list. */
const openFirst = async (page: Page, url: string) => {
  await page.goto(url)
  await page.locator("[data-row]").first().click()
  await page.locator(".story li").first().waitFor()
}

/** The real service on the demo's data: every page and every action. */
describe.runIf(hasBrowser)("the console on the demo's service", () => {
  let browser: Browser
  let demo: Awaited<ReturnType<typeof startDemo>>
  beforeAll(async () => {
    browser = await launchBrowser()
    demo = await startDemo()
  })
  afterAll(async () => {
    await demo.stop()
    await browser.close()
  })

  for (const scheme of ["light", "dark"] as const) {
    it(`axe finds nothing on any page, ${scheme}, and nothing comes from elsewhere`, async () => {
      const { close, complaints, page } = await openPage(browser, { scheme })
      const found: Array<string> = []
      const check = async (path: string) => {
        await settled(page)
        for (const violation of await axeViolations(page)) found.push(`${path} ${violation}`)
        if ((await page.locator(".state svg").count()) > 0)
          found.push(`${path}: ${await page.locator(".state").innerText()}`)
      }
      for (const path of pages) {
        await page.goto(demo.url + path)
        // A simulation begins empty, and nobody has done anything yet.
        if (path === "/simular" || path === "/operacoes") continue
        await check(path)
      }
      await openFirst(page, `${demo.url}/comunicacoes`)
      await check("a communication")
      assert.deepStrictEqual([...found, ...complaints], [])
      await close()
    })
  }

  it("Agora says what is wrong, and every number leads to its list", async () => {
    const { close, page } = await openPage(browser)
    await page.goto(demo.url)
    await page.getByText("3 envios sem confirmação: pergunte à Weni e decida.").waitFor()
    await page.locator("a.number", { hasText: "Em dúvida" }).click()
    await page.waitForURL(`${demo.url}/em-duvida`)
    await page.locator(".doubt").nth(2).waitFor()
    await page.goBack()
    await page.locator("a.number", { hasText: "Cartas mortas" }).click()
    await page.locator(".letter").first().waitFor()
    await page.goBack()
    await page.locator("table.failures a", { hasText: "CASE_NAO_ABERTO" }).first().click()
    await page.getByRole("button", { name: "Tirar o filtro código: CASE_NAO_ABERTO" }).waitFor()
    await page.locator("[data-row]").first().waitFor()
    assert.include(page.url(), "codigo=CASE_NAO_ABERTO")
    await close()
  })

  it("a vendor that is held back is tried at once, with a reason", async () => {
    const { close, page } = await openPage(browser)
    await page.goto(demo.url)
    await page.getByRole("button", { name: "Tentar já…" }).click()
    await page.getByRole("dialog").getByLabel("Motivo").fill("a Weni voltou")
    await page.getByRole("button", { name: "Confirmar" }).click()
    await page.getByRole("dialog").waitFor({ state: "hidden" })
    await page.goto(`${demo.url}/operacoes`)
    await page.locator(".operation", { hasText: "a Weni voltou" }).getByText("Tentar a Weni já").waitFor()
    assert.strictEqual(await page.locator(".operation").count(), 1)
    await close()
  })

  it("a communication's story is complete, and a reveal leaves its reason in the trail", async () => {
    const { close, page } = await openPage(browser)
    await page.goto(`${demo.url}/comunicacoes`)
    await page.locator("tr", { hasText: "disse SIM" }).locator("[data-row]").first().click()
    for (const step of ["Pedido recebido", "WhatsApp aceito pela Weni", "Cliente respondeu SIM"])
      await page.locator(".story").getByText(step).first().waitFor()
    await page.locator(".bubble.theirs").first().waitFor()
    const customer = page.locator("section", { has: page.getByRole("heading", { name: "Cliente", exact: true }) })
    await customer.getByText("***", { exact: true }).first().waitFor()
    assert.notInclude(await page.locator("main").innerText(), "+5511")
    await customer.getByRole("button", { name: "revelar…" }).click()
    await page.getByRole("dialog").getByLabel("Motivo").fill("o titular pediu")
    await page.getByRole("button", { name: "Revelar", exact: true }).click()
    await customer.getByText(/\+5511\d+/).waitFor()
    await page.goto(`${demo.url}/operacoes`)
    await page.locator(".operation", { hasText: "o titular pediu" }).getByText("Revelar dados").waitFor()
    await close()
  })

  it("a doubt is decided, and leaves the list", async () => {
    const { close, page } = await openPage(browser)
    await page.goto(`${demo.url}/em-duvida`)
    const doubts = page.locator(".doubt")
    await doubts.nth(2).waitFor()
    await doubts.first().getByRole("button", { name: "Foi enviada…" }).click()
    await confirm(page, "a Weni confirmou")
    await doubts.nth(2).waitFor({ state: "hidden" })
    await page.getByLabel("escolher todas").check()
    await page.getByRole("button", { name: "Decidir…" }).click()
    await page.getByRole("dialog").getByLabel("Decidir: não foi enviada").check()
    await confirm(page, "a Weni não tem a mensagem")
    await page.getByText("Nenhum envio em dúvida.").waitFor({ timeout: 60_000 })
    assert.strictEqual(await doubts.count(), 0)
    await close()
  })

  it("failed steps are tried again after a dry run, one and many", async () => {
    const { close, page } = await openPage(browser)
    await openFirst(page, `${demo.url}/comunicacoes?status=failure&codigo=CASE_NAO_ABERTO`)
    await page.getByRole("button", { name: "Tentar de novo…" }).click()
    await confirm(page, "o grupo existe agora")
    await page.goto(`${demo.url}/comunicacoes?status=failure`)
    await page.locator("thead input[type=checkbox]").check()
    await page.getByRole("button", { name: "Tentar de novo…" }).click()
    await confirm(page, "o grupo existe agora")
    await page.goto(`${demo.url}/operacoes`)
    const operations = page.locator(".operation", { hasText: "o grupo existe agora" })
    await operations.nth(1).waitFor()
    assert.strictEqual(await operations.count(), 2)
    await close()
  })

  it("a dead letter is shown with its problem marked, and simulated once it is revealed", async () => {
    const { close, page } = await openPage(browser)
    await page.goto(`${demo.url}/cartas-mortas?codigo=MENSAGEM_INVALIDA`)
    const letter = page.locator(".letter").first()
    await letter.locator("summary").first().click()
    await letter.locator("mark", { hasText: "num_telefone" }).first().waitFor()
    await letter.getByRole("button", { name: "Simular" }).click()
    await page.getByText("Este texto está mascarado", { exact: false }).waitFor()
    await page.goBack()
    await letter.getByRole("button", { name: "revelar…" }).click()
    await page.getByRole("dialog").getByLabel("Motivo").fill("ver o número como veio")
    await page.getByRole("button", { name: "Revelar", exact: true }).click()
    await page.getByRole("dialog").waitFor({ state: "hidden" })
    await letter.getByRole("button", { name: "Simular" }).click()
    await page.getByRole("button", { name: "Simular", exact: true }).click()
    await page.getByText("Seria recusado").waitFor()
    assert.isAbove(await page.locator("main .mono.red").count(), 0)
    await close()
  })

  it("a dead letter is redriven after a dry run", async () => {
    const { close, page } = await openPage(browser)
    await page.goto(`${demo.url}/cartas-mortas?codigo=JORNADA_DESCONHECIDA`)
    const letter = page.locator(".letter").first()
    await letter.getByRole("button", { name: "Enviar de novo…" }).click()
    await confirm(page, "a jornada está no arquivo")
    await page.locator(".letter .badge.green", { hasText: "enviada de novo" }).waitFor()
    assert.strictEqual(await page.locator(".letter .badge.green").count(), 1)
    await close()
  })

  it("an order is simulated: the resulting Case, message and response", async () => {
    const { close, page } = await openPage(browser)
    await page.goto(`${demo.url}/simular`)
    await page.getByRole("button", { name: "Exemplos" }).click()
    await page.getByRole("button", { name: "um pedido", exact: true }).click()
    await page.getByRole("button", { name: "Simular", exact: true }).click()
    await page.getByText("Seria uma comunicação nova").waitFor()
    await page.locator(".bubble", { hasText: "Responda SIM" }).first().waitFor()
    assert.deepStrictEqual(await axeViolations(page), [])
    await close()
  })

  it("a journey's words tell yes from no", async () => {
    const { close, page } = await openPage(browser)
    await page.goto(`${demo.url}/jornadas`)
    const answer = page.getByLabel("Experimente uma resposta")
    const verdict = page.locator(".try")
    for (const [said, means] of [
      ["sim, pode entregar", "SIM"],
      ["não, quero remarcar", "NÃO"],
      ["que horas chega?", "outra coisa: pessoas leem"]
    ] as const) {
      await answer.fill(said)
      await verdict.getByText(means, { exact: true }).waitFor()
      assert.strictEqual(await verdict.innerText(), means)
    }
    await close()
  })

  it("a data subject's request: the stored data is exported", async () => {
    const { close, page } = await openPage(browser)
    await page.goto(`${demo.url}/privacidade`)
    await page.getByLabel("cliente.id, documento, e-mail ou telefone").fill("cliente2@example.com")
    await page.getByRole("button", { name: "Exportar…" }).click()
    await page.getByRole("dialog").getByLabel("Motivo").fill("pedido do titular")
    await page.getByRole("dialog").getByRole("button", { name: "Exportar", exact: true }).click()
    await page.getByText(/^1 comunicação e /).waitFor()
    assert.notInclude(page.url(), "cliente2")
    await close()
  })

  it("an erasure first says what it deletes", async () => {
    const { close, page } = await openPage(browser)
    await page.goto(`${demo.url}/privacidade`)
    await page.getByLabel("cliente.id, documento, e-mail ou telefone").fill("cliente2@example.com")
    await page.getByRole("button", { name: "Apagar…" }).click()
    await page.getByRole("dialog").locator(".big-number", { hasText: "1" }).waitFor()
    await page.keyboard.press("Escape")
    assert.notInclude(page.url(), "cliente2")
    await close()
  })

  it("a page of another site changes nothing, however it asks", async () => {
    const { close, page } = await openPage(browser)
    const operations = async () => {
      const response = await fetch(`${demo.url}/api/operations`)
      const { items }: { readonly items: ReadonlyArray<unknown> } = JSON.parse(await response.text())
      return items.length
    }
    const before = await operations()
    const letters = JSON.stringify({ ids: ["comunicacaoTransacional.dlq/0/0"], reason: "x" })
    const html = `<!doctype html><body>
      <form method="post" enctype="text/plain" action="${demo.url}/api/dead-letters/redrive"><input name='${letters.slice(0, -1)},"a":"' value='"}'></form>
      <script>
        const ask = (path, body, headers) => fetch("${demo.url}" + path, { method: "POST", mode: headers ? "cors" : "no-cors", credentials: "include", body, headers }).then((r) => r.type, () => "refused")
        window.done = Promise.all([
          ask("/api/dead-letters/redrive", ${JSON.stringify(letters)}),
          ask("/api/dead-letters/redrive", ${JSON.stringify(letters)}, { "content-type": "application/json" }),
          ask("/api/breakers/weni", JSON.stringify({ action: "close", reason: "x" })),
          ask("/api/operations", JSON.stringify({ action: "retry", filter: { status: ["failure"] }, reason: "x" }))
        ])
      </script>`
    const site: Server = createServer((_, response) =>
      response.writeHead(200, { "content-type": "text/html" }).end(html)
    )
    await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve))
    const address = site.address()
    const port = typeof address === "object" && address !== null ? address.port : 0
    await page.goto(`http://localhost:${port}/`)
    const answers = await page.evaluate("window.done")
    assert.notInclude(JSON.stringify(answers), "cors")
    await page.evaluate("document.forms[0].submit()")
    await page.waitForURL(/dead-letters/)
    assert.strictEqual(await operations(), before)
    site.close()
    await close()
  })
})
