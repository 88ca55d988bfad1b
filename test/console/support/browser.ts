import { existsSync } from "node:fs"

import axe from "axe-core"
import { type Browser, chromium, type Page } from "playwright-core"

/** Debian's Chromium, or the one that `CHROMIUM_PATH` names. */
const chromiumPath = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium"

/** Tests of the console are skipped where no browser is. */
export const hasBrowser = existsSync(chromiumPath)

/** As root, as in CI, Chromium cannot make its own sandbox. The pages are our own. */
export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: chromiumPath, args: ["--no-sandbox", "--disable-dev-shm-usage"] })

type Scheme = "light" | "dark"

const sizes = { wide: { width: 1280, height: 800 }, narrow: { width: 390, height: 844 } } as const

/** A page of its own, and what its console and its requests to other hosts reported. */
export const openPage = async (
  browser: Browser,
  { scheme = "light", size = "wide" }: { readonly scheme?: Scheme; readonly size?: keyof typeof sizes } = {}
) => {
  const context = await browser.newContext({
    viewport: sizes[size],
    colorScheme: scheme,
    locale: "pt-BR",
    reducedMotion: "reduce"
  })
  const page = await context.newPage()
  const complaints: Array<string> = []
  page.on("pageerror", (error) => complaints.push(error.message))
  page.on("console", (message) => {
    // A refusal of the service is shown by the page; the browser logs each, too.
    if (message.type() === "error" && !/Failed to load resource/.test(message.text())) complaints.push(message.text())
  })
  page.on("request", (request) => {
    const { hostname } = new URL(request.url())
    if (!["127.0.0.1", ""].includes(hostname)) complaints.push(`asked another host: ${request.url()}`)
  })
  return { page, complaints, close: () => context.close() }
}

interface Violation {
  readonly id: string
  readonly nodes: ReadonlyArray<{ readonly html: string; readonly failureSummary?: string }>
}

/** What axe finds wrong by WCAG 2.2 AA, as one line each. */
export const axeViolations = async (page: Page): Promise<ReadonlyArray<string>> => {
  await page.evaluate(axe.source)
  const found = await page.evaluate(
    `axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] })`
  )
  const { violations } = found as { readonly violations: ReadonlyArray<Violation> }
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(
      ({ failureSummary = "", html }) => `${id}: ${html.slice(0, 160)} ${failureSummary.replaceAll(/\s+/g, " ")}`
    )
  )
}

/** Waits until nothing is loading. */
export const settled = async (page: Page): Promise<void> => {
  await page.locator("main h1").waitFor()
  await page.locator(".skeleton").first().waitFor({ state: "hidden" })
}
