import { mkdirSync } from "node:fs"

import type { Page } from "playwright-core"

import { launchBrowser, openPage, settled } from "./support/browser.ts"
import { startDemo } from "./support/DemoService.ts"

/** The screenshots that documents show: the page, and what is done before it is taken. */
const shots: ReadonlyArray<{
  readonly name: string
  readonly path: string
  readonly before?: (page: Page) => Promise<void>
}> = [
  { name: "agora", path: "/" },
  {
    name: "comunicacao",
    path: "/comunicacoes",
    before: async (page) => {
      await page.locator("tr", { hasText: "disse SIM" }).locator("[data-row]").first().click()
      await page.locator(".story li").first().waitFor()
    }
  },
  { name: "em-duvida", path: "/em-duvida" }
]

/** Takes these screenshots, or those whose names are given, on the demo's data into `docs/images`. */
const main = async () => {
  const only = process.argv.slice(2)
  const folder = "docs/images"
  mkdirSync(folder, { recursive: true })
  const demo = await startDemo()
  const browser = await launchBrowser()
  for (const { before, name, path } of shots) {
    if (only.length > 0 && !only.includes(name)) continue
    const { close, page } = await openPage(browser)
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
