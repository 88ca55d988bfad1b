import type { Server } from "node:http"

import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import type { Browser } from "playwright-core"

import { axeViolations, hasBrowser, launchBrowser, openPage, settled } from "./support/browser.ts"
import { startFixtureService } from "./support/FixtureService.ts"

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

/** What each page shows of a service that is not well, from an API of fixed data. */
describe.runIf(hasBrowser)("the console, whatever the service answers", () => {
  let browser: Browser
  const servers: Array<Server> = []
  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser.close()
    for (const server of servers) server.close()
  })

  const served = async (options: Parameters<typeof startFixtureService>[0]) => {
    const { server, url } = await startFixtureService(options)
    servers.push(server)
    return url
  }

  for (const [scheme, size] of [
    ["light", "wide"],
    ["dark", "wide"],
    ["dark", "narrow"]
  ] as const) {
    it(`CONTRACT console: axe finds nothing on any page, ${scheme}, ${size}, and nothing overflows`, async () => {
      const url = await served({})
      const { close, complaints, page } = await openPage(browser, { scheme, size })
      const found: Array<string> = []
      for (const path of pages) {
        await page.goto(url + path)
        await settled(page)
        for (const violation of await axeViolations(page)) found.push(`${path} ${violation}`)
        const overflow = Number(await page.evaluate("document.documentElement.scrollWidth - innerWidth"))
        if (overflow > 0) found.push(`${path} is ${overflow} px too wide`)
      }
      assert.deepStrictEqual(found, [])
      assert.deepStrictEqual(complaints, [])
      await close()
    })
  }
})
