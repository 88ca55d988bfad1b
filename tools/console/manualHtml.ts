import { Marked } from "marked"

const withoutTags = (html: string) => html.replaceAll(/<[^>]*>/g, "").replaceAll(/&(?:amp|lt|gt|quot|#39);/g, "")

/** As GitHub names the anchor of a heading. */
const anchorOf = (heading: string) =>
  withoutTags(heading)
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-")

/**
 * A document of the manual as HTML for the console: headings one level lower, since the page has its own, with the
 * anchors that the problems name. Other documents are not in the console, so that links to them are plain text.
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
