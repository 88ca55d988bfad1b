import { useState } from "preact/hooks"

import type { SearchFields } from "../api/types.ts"
import { useJourneys } from "../journeys.ts"
import { navigate, withNames } from "../router.ts"
import { setPrivateSearch } from "../search.ts"
import { useSession } from "../session.ts"
import { text } from "../text/text.ts"
import { formatFull } from "../time.ts"
import { Menu } from "../ui/Menu.tsx"
import { statuses } from "./fields.ts"

interface Props {
  readonly query: URLSearchParams
  readonly fields: SearchFields
  /** A search that must not stand in the address. */
  readonly typed: string
}

const spanName = (value: string): string => {
  const named = text.filters.spans.find(([span]) => span === value)?.[1]
  const at = Date.parse(value)
  return named ?? (Number.isNaN(at) ? value : formatFull(at))
}

const shownValue = (name: string, value: string): string => {
  if (name === "status") return text.status[value] ?? value
  if (name === "since" || name === "until") return spanName(value)
  return value
}

const Chip = ({ label, onRemove }: { readonly label: string; readonly onRemove: () => void }) => (
  <button type="button" class="chip on" aria-label={text.filters.remove(label)} onClick={onRemove}>
    <span class="cut">{label}</span> <span aria-hidden="true">✕</span>
  </button>
)

/** A text field, with known useful values below it. */
const TextFilter = ({
  close,
  hint,
  name,
  set,
  suggested
}: {
  readonly name: "codigo" | "case" | "journey"
  readonly hint?: string
  readonly suggested: ReadonlyArray<string>
  readonly set: (value: string) => void
  readonly close: () => void
}) => {
  const [value, setValue] = useState("")
  return (
    <>
      <form
        class="menu-form"
        onSubmit={(event) => {
          event.preventDefault()
          if (value.trim() === "") return
          set(value.trim())
          close()
        }}
      >
        <label class="field">
          {text.filters[name]}
          <input value={value} onInput={(event) => setValue(event.currentTarget.value)} />
          {hint !== undefined && <span class="hint">{hint}</span>}
        </label>
      </form>
      {suggested.map((one) => (
        <button
          key={one}
          type="button"
          class="menu-item"
          onClick={() => {
            set(one)
            close()
          }}
        >
          <span class="wrap-any">{one}</span>
        </button>
      ))}
    </>
  )
}

/** São Paulo has had no summer time since 2019. */
const toInstant = (local: string): string => `${local}:00-03:00`

const SpanFilter = ({
  close,
  set
}: {
  readonly set: (changes: Record<string, string>) => void
  readonly close: () => void
}) => {
  const [from, setFrom] = useState("")
  const [to, setTo] = useState("")
  return (
    <>
      {text.filters.spans.map(([span, name]) => (
        <button
          key={span}
          type="button"
          class="menu-item"
          onClick={() => {
            set({ since: span })
            close()
          }}
        >
          {name}
        </button>
      ))}
      <form
        class="menu-form"
        onSubmit={(event) => {
          event.preventDefault()
          set({ ...(from !== "" && { since: toInstant(from) }), ...(to !== "" && { until: toInstant(to) }) })
          close()
        }}
      >
        <label class="field">
          {text.filters.from}
          <input type="datetime-local" value={from} onInput={(event) => setFrom(event.currentTarget.value)} />
        </label>
        <label class="field">
          {text.filters.to}
          <input type="datetime-local" value={to} onInput={(event) => setTo(event.currentTarget.value)} />
        </label>
        <button type="submit" class="button small">
          {text.filters.apply}
        </button>
      </form>
    </>
  )
}

export const Filters = ({ fields, query, typed }: Props) => {
  const { overview } = useSession()
  const journeys = useJourneys()
  const change = (changes: Record<string, ReadonlyArray<string>>) => navigate(withNames(query, changes))
  const active = Object.entries(fields).flatMap(([name, value]) =>
    (typeof value === "string" ? [value] : Array.isArray(value) ? value : []).map((one) => [name, String(one)] as const)
  )
  const codigos = [...new Set((overview.data?.failures ?? []).map(({ codigo }) => codigo))]
  return (
    <div class="chips">
      {active.map(([name, value]) =>
        name === "q" && typed !== "" ? (
          <Chip key="typed" label={text.search.privateChip} onRemove={() => setPrivateSearch("")} />
        ) : (
          <Chip
            key={`${name} ${value}`}
            label={
              name === "status" ? shownValue(name, value) : `${text.filters[name as "q"]}: ${shownValue(name, value)}`
            }
            onRemove={() => change({ [name]: query.getAll(name).filter((one) => one !== value) })}
          />
        )
      )}
      <Menu label={text.filters.add(text.filters.status)} buttonClass="chip">
        {(close) =>
          statuses.map((status) => {
            const isOn = fields.status?.includes(status) === true
            return (
              <button
                key={status}
                type="button"
                class="menu-item"
                aria-pressed={isOn}
                onClick={() => {
                  const rest = query.getAll("status").filter((one) => one !== status)
                  change({ status: isOn ? rest : [...rest, status] })
                  close()
                }}
              >
                {text.status[status]}
                {isOn && <span aria-hidden="true">✓</span>}
              </button>
            )
          })
        }
      </Menu>
      <Menu label={text.filters.add(text.filters.journey)} buttonClass="chip">
        {(close) => (
          <TextFilter
            name="journey"
            suggested={(journeys.data?.items ?? []).map(({ name }) => name)}
            set={(value) => change({ journey: [value] })}
            close={close}
          />
        )}
      </Menu>
      <Menu label={text.filters.add(text.filters.codigo)} buttonClass="chip">
        {(close) => (
          <TextFilter
            name="codigo"
            hint={text.filters.codigoHint}
            suggested={codigos}
            set={(value) => change({ codigo: [value] })}
            close={close}
          />
        )}
      </Menu>
      <Menu label={text.filters.add(text.filters.since)} buttonClass="chip">
        {(close) => (
          <SpanFilter
            set={(changes) =>
              change(Object.fromEntries(Object.entries(changes).map(([name, value]) => [name, [value]])))
            }
            close={close}
          />
        )}
      </Menu>
      {active.length > 0 && (
        <button
          type="button"
          class="link-button"
          onClick={() => {
            setPrivateSearch("")
            navigate("/comunicacoes")
          }}
        >
          {text.list.clear}
        </button>
      )}
    </div>
  )
}
