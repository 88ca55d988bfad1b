import { afterAll, assert, beforeAll, describe, it, vi } from "@effect/vitest"
import type { Browser, Page } from "playwright-core"

import { axeViolations, hasBrowser, launchBrowser, openPage, settled } from "./support/browser.ts"
import { type FixtureOptions, startFixtureService } from "./support/FixtureService.ts"

const pages = [
  "/",
  "/comunicacoes",
  "/comunicacoes/one",
  "/em-duvida",
  "/cartas-mortas",
  "/simular",
  "/jornadas",
  "/operacoes",
  "/eventos-a-espera",
  "/auditoria",
  "/privacidade",
  "/manual"
]

/** Pages that show what the service answers at once. */
const loading = pages.filter((path) => !["/simular", "/privacidade", "/manual"].includes(path))

interface State {
  readonly name: string
  readonly says: string
  readonly given: Partial<FixtureOptions>
}

const states: ReadonlyArray<State> = [
  {
    name: "the service is starting",
    says: "O serviço está iniciando",
    given: {
      refusal: { status: 503, body: { error: "the service waits for its database" } },
      parts: { database: { ready: false, detail: "waiting until the older version ends" } }
    }
  },
  {
    name: "the database is away",
    says: "O banco de dados não responde",
    given: {
      refusal: { status: 503, body: { error: "Kafka or the database does not answer" } },
      parts: { database: { ready: false, detail: "db:5432 does not answer" } }
    }
  },
  {
    name: "Kafka is away",
    says: "O Kafka não responde",
    given: {
      refusal: { status: 503, body: { error: "Kafka or the database does not answer" } },
      parts: {
        database: { ready: true, detail: "holding" },
        kafka: { ready: false, detail: "brokers do not answer" }
      }
    }
  },
  {
    name: "the token does not have the role",
    says: "Sem permissão",
    given: { refusal: { status: 403, body: { error: "this needs the role operator" } } }
  },
  { name: "nothing answers", says: "O serviço não responde", given: { refusal: { status: 0 } } },
  {
    name: "a filter is wrong",
    says: "O serviço recusou o pedido",
    given: { refusal: { status: 400, body: { error: "since: expected a time" } } }
  }
]

const empties: Readonly<Record<string, string>> = {
  "/comunicacoes": "Nenhuma comunicação ainda.",
  "/comunicacoes?status=failure": "Nenhuma comunicação casa com isto.",
  "/em-duvida": "Nenhum envio em dúvida.",
  "/cartas-mortas": "Nenhuma carta morta.",
  "/operacoes": "Ninguém fez nada ainda.",
  "/eventos-a-espera": "Nenhum evento à espera."
}

const saysIn = (page: Page, text: string) => page.locator("main").getByText(text, { exact: true }).first().waitFor()

// A browser on a busy machine takes its time.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 })

/** What each page shows, whatever the service answers, from an API of fixed data. */
describe.runIf(hasBrowser)("the console's states", () => {
  let browser: Browser
  const closings: Array<() => void> = []
  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser.close()
    for (const close of closings) close()
  })

  const served = async (given: Partial<FixtureOptions> = {}) => {
    const { options, server, url } = await startFixtureService(given)
    closings.push(() => server.close())
    return { options, url }
  }

  for (const [scheme, size] of [
    ["light", "wide"],
    ["dark", "wide"],
    ["dark", "narrow"]
  ] as const) {
    it(`axe finds nothing on any page, ${scheme} and ${size}; nothing overflows, nothing comes from elsewhere`, async () => {
      const { url } = await served({ count: 20 })
      const { close, complaints, page } = await openPage(browser, { scheme, size })
      const found: Array<string> = []
      for (const path of pages) {
        await page.goto(url + path)
        await settled(page)
        // The manual is long and has one form: once is enough.
        if (path === "/manual" && scheme === "dark") continue
        for (const violation of await axeViolations(page)) found.push(`${path} ${violation}`)
        const overflow = Number(await page.evaluate("document.documentElement.scrollWidth - innerWidth"))
        if (overflow > 0) found.push(`${path} is ${overflow} px too wide`)
      }
      assert.deepStrictEqual([...found, ...complaints], [])
      await close()
    })
  }

  for (const { given, name, says } of states) {
    it(`every page says it: ${name}`, async () => {
      const { url } = await served(given)
      const { close, page } = await openPage(browser)
      for (const path of loading) {
        await page.goto(url + path)
        await saysIn(page, says)
      }
      assert.deepStrictEqual(await axeViolations(page), [])
      await close()
    })
  }

  it("every list says when it is empty", async () => {
    const { url } = await served({ isEmpty: true })
    const { close, page } = await openPage(browser)
    for (const [path, says] of Object.entries(empties)) {
      await page.goto(url + path)
      await saysIn(page, says)
    }
    assert.deepStrictEqual(await axeViolations(page), [])
    await close()
  })

  it("a page keeps its data while the service does not answer, says so, and recovers by itself", async () => {
    const { options, url } = await served()
    const { close, page } = await openPage(browser)
    await page.goto(url)
    await page.getByText("O ServiceNow não responde", { exact: false }).first().waitFor()
    options.refusal = { status: 503, body: { error: "the database does not answer" } }
    await page.getByText("Sem resposta agora", { exact: false }).waitFor({ timeout: 60_000 })
    assert.isTrue(await page.getByText("Fornecedores").isVisible())
    options.refusal = undefined
    await page.getByText("Sem resposta agora", { exact: false }).waitFor({ state: "hidden", timeout: 60_000 })
    await close()
  })

  it("the first sentence says that all is well, or what is wrong and what to do", async () => {
    const { options, url } = await served({ isWell: true })
    const { close, page } = await openPage(browser)
    await page.goto(url)
    await page.locator("main").getByText("Tudo certo.", { exact: true }).waitFor()
    options.isWell = false
    await page
      .getByText("O ServiceNow não responde; o que precisa dele espera, nada se perde.")
      .waitFor({ timeout: 60_000 })
    await page.getByRole("link", { name: "O que fazer" }).first().click()
    await page.locator("article.manual h2").first().waitFor()
    assert.match(page.url(), /\/manual#alert-breakeropen$/)
    await close()
  })

  it("a codigo leads to what the manual says of it", async () => {
    const { url } = await served()
    const { close, page } = await openPage(browser)
    await page.goto(url)
    await page.getByRole("link", { name: "o telefone não é um número possível" }).first().click()
    await page.locator("article.manual h2").first().waitFor()
    assert.match(page.url(), /\/manual#telefone_invalido$/)
    assert.isTrue(await page.locator("#telefone_invalido").isVisible())
    await close()
  })

  it("asks for a token when the service does, says when it is wrong, and goes on with a right one", async () => {
    const { options, url } = await served({ isSignedIn: false })
    const { close, page } = await openPage(browser)
    await page.goto(`${url}/comunicacoes`)
    await page.getByLabel("Token de operação").fill("nobody's")
    await page.getByRole("button", { name: "Entrar" }).click()
    await page.getByText("Este token não é conhecido.").waitFor()
    assert.deepStrictEqual(await axeViolations(page), [])
    await page.getByLabel("Token de operação").fill("token-of-ana-0001")
    await page.getByRole("button", { name: "Entrar" }).click()
    await page.locator("[data-row]").first().waitFor()
    options.isSignedIn = false
    await page.getByText("A sessão terminou. Entre de novo.").waitFor({ timeout: 60_000 })
    await close()
  })

  it("an operator who may only read sees no button that changes anything", async () => {
    const { url } = await served({ roles: ["viewer"] })
    const { close, page } = await openPage(browser)
    for (const path of ["/", "/comunicacoes/one", "/em-duvida", "/cartas-mortas", "/operacoes"]) {
      await page.goto(url + path)
      await settled(page)
      const names = await page.locator("main button").allInnerTexts()
      assert.deepStrictEqual(
        names.filter((name) => /Tentar|Decidir|Encerrar|Enviar|enviada|Parar|revelar|inteiro/.test(name)),
        [],
        path
      )
    }
    await close()
  })

  it("an unknown address shows a page, too", async () => {
    const { url } = await served()
    const { close, complaints, page } = await openPage(browser)
    await page.goto(`${url}/comunicacoes/%25zz`)
    await page.locator(".story li").first().waitFor()
    await page.goto(`${url}/no/such/page`)
    await saysIn(page, "Nada aqui tem este nome.")
    assert.deepStrictEqual(complaints, [])
    await close()
  })

  it("the first page is under 300 KB compressed", async () => {
    const { url } = await served()
    const { close, page } = await openPage(browser)
    const sizes: Array<Promise<number>> = []
    page.on("requestfinished", (request) => {
      sizes.push(request.sizes().then(({ responseBodySize }) => responseBodySize))
    })
    await page.goto(url)
    await settled(page)
    const total = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
    assert.isBelow(total, 300_000)
    assert.isAbove(total, 40_000)
    await close()
  })
})
