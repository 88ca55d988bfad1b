import type { Communication } from "../api/types.ts"
import { text } from "../text/text.ts"
import { formatFull, formatUtc } from "../time.ts"
import { stepsOf } from "./story.ts"

/** The story as plain text, for a ticket. Data that the page shows masked is masked here, too. */
export const ticketText = (communication: Communication): string => {
  const { case: theCase, codigos, id, journey, marks, order, shipment, status, timeline } = communication
  const head: ReadonlyArray<readonly [string, string | undefined]> = [
    [text.communication.id, id],
    [text.list.order, order],
    [text.communication.shipment, shipment],
    [text.list.journey, journey],
    [text.list.case, theCase?.number],
    [text.list.status, [status, ...marks].map((one) => text.status[one] ?? one).join(", ")],
    [text.communication.codes, codigos.length === 0 ? undefined : codigos.join(", ")]
  ]
  return [
    ...head.flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`])),
    "",
    ...stepsOf(timeline).map(
      ({ at, more, title }) => `${formatFull(at)}  ${title}${more === undefined ? "" : ` (${more})`}`
    ),
    "",
    `${text.time.zone.split(" · ")[0]}; ${formatUtc(Date.now())}`
  ].join("\n")
}
