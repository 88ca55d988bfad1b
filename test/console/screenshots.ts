import { mkdirSync } from "node:fs"

import type { Page } from "playwright-core"

import { launchBrowser, openPage, type Scheme, settled, type sizes } from "./support/browser.ts"
import { startDemo } from "./support/DemoService.ts"

/** Where the pages stand in `docs/images`, and what shows more of them. */
const shots: ReadonlyArray<{
  readonly name: string
  readonly path: string
  readonly scheme?: Scheme
  readonly size?: keyof typeof sizes
  readonly before?: (page: Page) => Promise<void>
}> = [
  { name: "agora", path: "/" },
  { name: "agora-escuro", path: "/", scheme: "dark" },
  { name: "agora-390", path: "/", size: "narrow" },
  { name: "comunicacoes", path: "/comunicacoes" },
  { name: "comunicacoes-390", path: "/comunicacoes", scheme: "dark", size: "narrow" },
  {
    name: "comunicacao",
    path: "/comunicacoes",
    before: async (page) => {
      await page.locator("tr", { hasText: "disse SIM" }).locator("[data-row]").first().click()
      await page.locator(".story li").first().waitFor()
    }
  },
  { name: "em-duvida", path: "/em-duvida" },
  {
    name: "cartas-mortas",
    path: "/cartas-mortas?codigo=MENSAGEM_INVALIDA",
    before: async (page) => page.locator(".letter summary").first().click()
  },
  {
    name: "simular",
    path: "/simular",
    before: async (page) => {
      await page.getByRole("button", { name: "Exemplos" }).click()
      await page.getByRole("button", { name: "um pedido", exact: true }).click()
      await page.getByRole("button", { name: "Simular" }).click()
      await page.locator(".pairs").first().waitFor()
    }
  },
  {
    name: "jornadas",
    path: "/jornadas",
    before: async (page) => page.getByLabel("Experimente uma resposta").fill("sim, pode entregar")
  },
  {
    name: "operacoes",
    path: "/em-duvida",
    before: async (page) => {
      await page.getByRole("button", { name: "Foi enviada…" }).first().click()
      const dialog = page.getByRole("dialog")
      await dialog.locator(".big-number").waitFor()
      await dialog.getByLabel("Motivo").fill("A Weni confirmou a entrega por telefone")
      await dialog.getByRole("button", { name: /^Confirmar/ }).click()
      await dialog.getByText("Terminou").waitFor()
      await dialog.getByRole("link", { name: "Ver em Operações" }).click()
      await page.locator(".operation").first().waitFor()
    }
  }
]

/** Takes a screenshot of each page on the demo's data into `docs/images`. */
const main = async () => {
  const only = process.argv.slice(2)
  const folder = "docs/images"
  mkdirSync(folder, { recursive: true })
  const demo = await startDemo()
  const browser = await launchBrowser()
  for (const { before, name, path, scheme = "light", size = "wide" } of shots) {
    if (only.length > 0 && !only.includes(name)) continue
    const { close, page } = await openPage(browser, { scheme, size })
    await page.goto(demo.url + path)
    await settled(page)
    await before?.(page)
    await page.evaluate("document.activeElement?.blur?.()")
    await page.screenshot({ path: `${folder}/${name}.png` })
    process.stdout.write(`${folder}/${name}.png\n`)
    await close()
  }
  await browser.close()
  await demo.stop()
}

await main()
