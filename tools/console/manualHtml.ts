import { Marked } from "marked"

const withoutTags = (html: string) => html.replaceAll(/<[^>]*>/g, "").replaceAll(/&(?:amp|lt|gt|quot|#39);/g, "")

/** The anchor that GitHub gives to a heading. */
const anchorOf = (heading: string) =>
  withoutTags(heading)
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-")

/**
 * A document of the manual as HTML for the console. Headings are one level lower, because the page has its own, and
 * have the anchors that the problems name. Links to other documents are plain text, because the console does not have
 * them.
 */
export const manualHtml = (markdown: string): string =>
  new Marked()
    .parse(markdown, { async: false })
    .replaceAll(
      /<h([1-5])>(.*?)<\/h\1>/g,
      (_, level: string, heading: string) =>
        `<h${Number(level) + 1} id="${anchorOf(heading)}">${heading}</h${Number(level) + 1}>`
    )
    .replaceAll(/<a href="(?!#|https?:)[^"]*">(.*?)<\/a>/g, "$1")
    .replaceAll("<table>", '<div class="scroll-x" tabindex="0" role="group" aria-label="table"><table class="plain">')
    .replaceAll("</table>", "</table></div>")
    .replaceAll("<pre>", '<pre tabindex="0" class="json">')
