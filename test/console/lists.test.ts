import { afterAll, assert, beforeAll, describe, it, vi } from "@effect/vitest"
import type { Browser, Page } from "playwright-core"

import { hasBrowser, launchBrowser, openPage } from "./support/browser.ts"
import { itemAt } from "./support/fixtureData.ts"
import { type FixtureOptions, startFixtureService } from "./support/FixtureService.ts"

const rowCount = (page: Page) => page.locator("[data-row]").count()
const focusedRow = (page: Page) => page.evaluate("document.activeElement?.getAttribute('data-id') ?? ''")

// A browser on a busy machine takes its time.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 })

describe.runIf(hasBrowser)("the console's lists and actions", () => {
  let browser: Browser
  const closings: Array<() => void> = []
  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser.close()
    for (const close of closings) close()
  })

  const opened = async (path: string, given: Partial<FixtureOptions> = {}, shown = "[data-row]") => {
    const { options, server, url } = await startFixtureService(given)
    closings.push(() => server.close())
    const { close, page } = await openPage(browser)
    await page.goto(url + path)
    await page.locator(shown).first().waitFor()
    return { close, options, page, url }
  }

  it("10,000 rows scroll, and only those near the visible part are drawn", async () => {
    const { close, page } = await opened("/comunicacoes", { count: 10_000 })
    const last = page.getByText("10.000 comunicações ao todo")
    for (let rounds = 0; rounds < 300 && !(await last.isVisible()); rounds++) {
      await page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
      await page.evaluate("new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))")
      assert.isBelow(await rowCount(page), 130)
    }
    assert.isTrue(await last.isVisible())
    await page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    await page.getByText("Fim da lista.").waitFor()
    assert.strictEqual(await page.locator("table.rows").getAttribute("aria-rowcount"), "10001")
    await page.locator('tr[aria-rowindex="10001"]').waitFor()
    assert.isBelow(await rowCount(page), 130)
    await close()
  })

  it("new rows are counted and do not move the others", async () => {
    const { close, options, page } = await opened("/comunicacoes")
    const first = await page.locator("[data-row]").first().getAttribute("data-id")
    options.newer = 3
    const button = page.getByRole("button", { name: "3 novas" })
    await button.waitFor({ timeout: 60_000 })
    assert.strictEqual(await page.locator("[data-row]").first().getAttribute("data-id"), first)
    await button.click()
    await button.waitFor({ state: "hidden" })
    assert.notStrictEqual(await page.locator("[data-row]").first().getAttribute("data-id"), first)
    await close()
  })

  it("filters appear in the address, can be shared, and can be removed", async () => {
    const { close, page, url } = await opened("/comunicacoes")
    await page.getByRole("button", { name: "+ estado" }).click()
    await page.getByRole("button", { name: "em dúvida", exact: true }).click()
    await page.getByRole("button", { name: "+ desde" }).click()
    await page.getByRole("button", { name: "últimas 24 h" }).click()
    assert.strictEqual(page.url(), `${url}/comunicacoes?status=in_doubt&since=24h`)
    await page.reload()
    await page.getByRole("button", { name: "Tirar o filtro em dúvida" }).click()
    assert.strictEqual(page.url(), `${url}/comunicacoes?since=24h`)
    await page.goBack()
    await page.getByRole("button", { name: "Tirar o filtro em dúvida" }).waitFor()
    await close()
  })

  it("a found order appears in the address, a phone never does", async () => {
    const { close, page, url } = await opened("/comunicacoes")
    const search = page.getByRole("searchbox", { name: "Buscar" })
    await search.fill("1234567884")
    await search.press("Enter")
    await page.waitForURL(`${url}/comunicacoes?q=1234567884`)
    await search.fill("+55 11 99999-1003")
    await search.press("Enter")
    await page.getByRole("button", { name: "Tirar o filtro busca por dado pessoal" }).waitFor()
    await page.getByText("***1003").waitFor()
    assert.strictEqual(page.url(), `${url}/comunicacoes`)
    assert.notInclude(await page.evaluate("JSON.stringify([localStorage, sessionStorage, history.state])"), "1003")
    await close()
  })

  it("by keyboard alone: search, move, choose, open, retry with its dry run, go back, help", async () => {
    const { close, options, page, url } = await opened("/comunicacoes")
    const keyboard = page.keyboard
    await keyboard.press("/")
    await keyboard.type("1234567875")
    await keyboard.press("Enter")
    await page.waitForURL(/q=1234567875/)
    await page.waitForFunction("document.activeElement?.hasAttribute('data-row')")
    await keyboard.press("Escape")
    await page.waitForURL(`${url}/comunicacoes`)
    await page.locator("[data-row]").nth(5).waitFor()
    await keyboard.press("j")
    const first = await focusedRow(page)
    await keyboard.press("j")
    const second = await focusedRow(page)
    assert.notStrictEqual(second, first)
    await keyboard.press("k")
    assert.strictEqual(await focusedRow(page), first)
    await keyboard.press("x")
    await page.getByText("1 escolhida").waitFor()
    await keyboard.press("Escape")
    await page.getByText("1 escolhida").waitFor({ state: "hidden" })
    await keyboard.press("Enter")
    await page.waitForURL(/\/comunicacoes\/pedido/)
    const retry = page.getByRole("button", { name: "Tentar de novo…" })
    await retry.waitFor()
    for (let tabs = 0; tabs < 60; tabs++) {
      await keyboard.press("Tab")
      if ((await page.evaluate("document.activeElement?.textContent ?? ''")) === "Tentar de novo…") break
    }
    await keyboard.press("Enter")
    await page.getByRole("dialog").getByText("abre o caso").waitFor()
    await keyboard.type("grupo criado")
    await keyboard.press("Tab")
    await keyboard.press("Tab")
    await keyboard.press("Enter")
    await page.getByText("Em curso").waitFor()
    assert.deepInclude(options.changes.at(-1)?.body, { reason: "grupo criado" })
    await keyboard.press("Escape")
    await page.locator("dialog").waitFor({ state: "hidden" })
    await keyboard.press("?")
    await page.getByRole("dialog", { name: "Teclado" }).waitFor()
    await keyboard.press("Escape")
    await page.getByRole("dialog", { name: "Teclado" }).waitFor({ state: "hidden" })
    await keyboard.press("Escape")
    await page.waitForURL(/\/comunicacoes$/)
    await keyboard.press("g")
    await keyboard.press("a")
    await page.waitForURL(`${url}/`)
    await close()
  })

  it("an action on all that match shows its count first, and asks again when the count has changed", async () => {
    const { close, options, page } = await opened("/comunicacoes?status=failure", { totals: [27, 28] })
    await page.locator("tbody input[type=checkbox]").first().check()
    await page.getByRole("button", { name: "escolher todas as que casam com o filtro" }).click()
    await page.getByRole("button", { name: "Tentar de novo…" }).click()
    const dialog = page.getByRole("dialog")
    await dialog.getByText("27", { exact: true }).waitFor()
    await dialog.getByText("2 × O cliente já tem a mensagem.").waitFor()
    await dialog.getByText("18 × caso: abre o caso").waitFor()
    await dialog.getByText("as primeiras 20 de 27", { exact: false }).waitFor()
    const confirm = dialog.getByRole("button", { name: /^Confirmar/ })
    await confirm.click()
    assert.isTrue(options.changes.every(({ body }) => Reflect.get(Object(body), "dryRun") === true))
    await dialog.getByLabel("Motivo").fill("grupo criado")
    await confirm.click()
    await dialog.getByText("O número mudou de 27 para 28", { exact: false }).waitFor()
    assert.isTrue(options.changes.every(({ body }) => Reflect.get(Object(body), "dryRun") === true))
    await dialog.getByRole("button", { name: "Confirmar para 28" }).click()
    await dialog.getByText("Em curso").waitFor()
    assert.deepStrictEqual(options.changes.at(-1)?.body, {
      action: "retry",
      filter: { status: ["failure"] },
      reason: "grupo criado",
      dryRun: false
    })
    await close()
  })

  it("doubts are chosen from a pasted list, and decided under the names by which the API finds them", async () => {
    const { close, options, page } = await opened("/em-duvida", { count: 20 })
    const [second, ninth, sixteenth] = [2, 9, 16].map((index) => itemAt(index, Date.now()))
    await page.getByRole("button", { name: "Escolher por uma lista…" }).click()
    const paste = page.getByRole("dialog", { name: "Escolher por uma lista" })
    await paste.getByLabel("Nomes, um por linha").fill(`${second?.id}\n${ninth?.order}; 4242\n`)
    await paste.getByRole("button", { name: "Escolher 3" }).click()
    await page.getByText("2 escolhidas").waitFor()
    await page.getByText("1 nome não tem envio em dúvida: 4242.").waitFor()
    assert.isFalse(await page.getByLabel(`Escolher ${sixteenth?.order}`).isChecked())
    await page.getByRole("button", { name: "Decidir…" }).click()
    const dialog = page.getByRole("dialog")
    await dialog.getByText("Decidir: não foi enviada").click()
    await dialog.getByText("fica como não enviada").first().waitFor()
    await dialog.getByLabel("Motivo").fill("lista da Weni")
    await dialog.getByRole("button", { name: "Confirmar para 2" }).click()
    await dialog.getByText("Em curso").waitFor()
    assert.deepStrictEqual(options.changes.at(-1)?.body, {
      action: "not_sent",
      ids: [second?.id, "ref-of-9"],
      reason: "lista da Weni",
      dryRun: false
    })
    await close()
  })

  it("records without an ending, and what stands still, are listed; a record that is dealt with is settled", async () => {
    const { close, options, page } = await opened("/auditoria", {}, "h1")
    await page.getByText("3 registros sem fim.").waitFor()
    await page.getByText("comunicacaoTransacional, partição 0, posições 4701 a 4702").waitFor()
    await page.getByText("já não está no Kafka", { exact: true }).waitFor()
    await page.getByText("ainda no Kafka", { exact: true }).waitFor()
    const { id } = itemAt(3, Date.now())
    const link = page.getByRole("link", { name: id })
    assert.strictEqual(await link.getAttribute("href"), `/comunicacoes/${encodeURIComponent(id)}`)
    await page.getByRole("button", { name: "Dar por resolvido…" }).first().click()
    const dialog = page.getByRole("dialog", { name: "Dar registros por resolvidos" })
    await dialog.getByLabel("Motivo").fill("o produtor enviou de novo")
    await dialog.getByRole("button", { name: "Confirmar" }).click()
    await dialog.waitFor({ state: "hidden" })
    assert.deepStrictEqual(options.changes.at(-1), {
      path: "/api/audit/settle",
      body: {
        topic: "comunicacaoTransacional",
        partition: 0,
        first: 4701,
        last: 4702,
        reason: "o produtor enviou de novo"
      }
    })
    await close()
  })
})
