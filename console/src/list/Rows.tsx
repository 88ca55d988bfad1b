import { useEffect, useRef } from "preact/hooks"

import type { Item } from "../api/types.ts"
import { text } from "../text/text.ts"
import { Age, StatusBadges } from "../ui/parts.tsx"
import { nameOf, pathOf } from "./fields.ts"
import { useRows } from "./useRows.ts"

interface Props {
  readonly items: ReadonlyArray<Item>
  readonly now: number
  readonly isChosen: (id: string) => boolean
  readonly onChoose: (id: string) => void
  readonly areAllChosen: boolean
  readonly onChooseAll: () => void
  /** Called when the last rows are near. */
  readonly onEnd: () => void
  readonly total: number | undefined
}

const whatsappTone: Readonly<Record<string, string>> = { sent: "soft", failed: "red", in_doubt: "violet" }

/** `***1234`: masked values can be told apart only by their end. */
const customerName = ({ customer }: Item): string => {
  if (customer === undefined) return text.common.unknown
  const { name, phone } = customer
  return [name, phone].filter((part) => part !== undefined && part !== "***").join(" · ") || (name ?? phone ?? "***")
}

/** Of the codigos the cause: that a Case is missing is what another one has led to. */
const lastThing = ({ codigos, lastEvent }: Item): string => {
  if (lastEvent !== undefined) return text.evento[lastEvent.evento] ?? lastEvent.evento
  return codigos.find((codigo) => codigo !== "CASE_NAO_ABERTO") ?? codigos[0] ?? text.common.unknown
}

const lastAt = ({ lastEvent, updatedAt }: Item): number => lastEvent?.at ?? updatedAt

const rowName = ({ id, order, shipment }: Item): string => order ?? shipment ?? id

const columns: ReadonlyArray<readonly [name: string, width: string]> = [
  [text.list.order, "order"],
  [text.list.journey, "journey"],
  [text.list.case, "case"],
  [text.list.customer, "customer"],
  [text.list.status, "status"],
  [text.list.whatsapp, "whatsapp"],
  [text.list.last, "last"]
]

const Row = ({
  index,
  isChosen,
  item,
  now,
  onChoose
}: {
  readonly item: Item
  readonly index: number
  readonly now: number
  readonly isChosen: boolean
  readonly onChoose: (id: string) => void
}) => (
  <tr data-item class={isChosen ? "chosen" : ""} aria-rowindex={index + 2}>
    <td class="col-check">
      <input
        type="checkbox"
        class="check"
        checked={isChosen}
        aria-label={text.list.choose(rowName(item))}
        onChange={() => onChoose(nameOf(item))}
      />
    </td>
    <td class="col-order">
      <a data-row data-id={nameOf(item)} class="mono" href={pathOf(item)} title={item.id}>
        {rowName(item)}
      </a>
    </td>
    <td class="col-journey" title={item.journey}>
      {text.journeyName(item.journey)}
    </td>
    <td class="col-case mono">{item.case?.number ?? <span class="soft">{text.common.unknown}</span>}</td>
    <td class="col-customer soft">{customerName(item)}</td>
    <td class="col-status">
      <StatusBadges item={item} />
    </td>
    <td class="col-whatsapp">
      {item.whatsapp === undefined ? (
        <span class="soft">{text.common.unknown}</span>
      ) : (
        <span class={whatsappTone[item.whatsapp.outcome]}>
          {text.whatsapp[item.whatsapp.outcome] ?? item.whatsapp.outcome}
        </span>
      )}
    </td>
    <td class="col-last soft" title={item.codigos.join(", ")}>
      {lastThing(item)}
    </td>
    <td class="col-age right soft">
      <Age at={lastAt(item)} now={now} />
    </td>
  </tr>
)

/** Rows of one height, of which only those near the visible part are drawn. */
export const Rows = ({ areAllChosen, isChosen, items, now, onChoose, onChooseAll, onEnd, total }: Props) => {
  const body = useRef<HTMLTableSectionElement>(null)
  const { after, before, end, first } = useRows(body, items.length, { wide: 37, narrow: 75 })
  useEffect(() => {
    if (end >= items.length - 30) onEnd()
  }, [end, items.length])
  return (
    <table class="rows communications" aria-rowcount={total ?? -1}>
      <thead>
        <tr>
          <th scope="col" class="col-check">
            <input
              type="checkbox"
              class="check"
              checked={areAllChosen}
              aria-label={text.list.chooseAll}
              onChange={onChooseAll}
            />
          </th>
          {columns.map(([name, width]) => (
            <th key={width} scope="col" class={`col-${width}`}>
              {name}
            </th>
          ))}
          <th scope="col" class="col-age right">
            {text.list.age}
          </th>
        </tr>
      </thead>
      <tbody ref={body}>
        {before > 0 && (
          <tr class="space" aria-hidden="true">
            <td colSpan={9} style={{ height: `${before}px` }} />
          </tr>
        )}
        {items.slice(first, end).map((item, index) => (
          <Row
            key={item.id}
            item={item}
            index={first + index}
            now={now}
            isChosen={isChosen(nameOf(item))}
            onChoose={onChoose}
          />
        ))}
        {after > 0 && (
          <tr class="space" aria-hidden="true">
            <td colSpan={9} style={{ height: `${after}px` }} />
          </tr>
        )}
      </tbody>
    </table>
  )
}
