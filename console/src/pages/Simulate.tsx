import { useEffect, useState } from "preact/hooks"

import { type ApiError, errorOf, get, isJson, post, withQuery } from "../api/client.ts"
import type { DeadLetter, Page, Preview } from "../api/types.ts"
import { useJourneys } from "../journeys.ts"
import { pathOf } from "../list/fields.ts"
import { examplesOf, kindOf, takeSample } from "../simulate/sample.ts"
import { text } from "../text/text.ts"
import { serverNow } from "../time.ts"
import { Head } from "../ui/Head.tsx"
import { Menu } from "../ui/Menu.tsx"
import { Badge, Card, Json, Note, Pairs } from "../ui/parts.tsx"
import { Failure, Loading, State } from "../ui/states.tsx"
import type { Tone } from "../ui/tone.ts"

const good: ReadonlySet<string> = new Set(["new", "applied"])
const bad: ReadonlySet<string> = new Set(["invalid", "conflict", "unknown_journey", "expired"])

const toneOf = (verdict: string): Tone => (good.has(verdict) ? "green" : bad.has(verdict) ? "red" : "amber")

const parsed = (input: string): unknown => {
  try {
    return JSON.parse(input)
  } catch {
    return input
  }
}

const Result = ({ of }: { readonly of: Preview }) => {
  const description = isJson(of.case) ? of.case["description"] : undefined
  const parts = [
    [text.simulate.patches, of.patches !== undefined && of.patches.length > 0 ? of.patches : undefined],
    [text.simulate.consumer, of.consumer],
    [text.simulate.response, of.response],
    [text.simulate.events, of.events !== undefined && of.events.length > 0 ? of.events : undefined],
    [text.simulate.decoded, of.decoded]
  ] as const
  return (
    <>
      <section class={`card note ${toneOf(of.verdict) === "red" ? "red" : ""}`} role="status">
        <span class={`dot ${toneOf(of.verdict)}`} />
        <div class="grow">
          <strong>{text.simulate.verdict[of.verdict] ?? of.verdict}</strong>
          {of.id !== undefined && (
            <div class="small">
              <span class="mono wrap-any">{of.id}</span>{" "}
              {(of.verdict === "repeat" || of.verdict === "conflict" || of.kind === "event") && (
                <a href={pathOf({ id: of.id })}>{text.simulate.open}</a>
              )}
            </div>
          )}
        </div>
        {of.journey !== undefined && <Badge>{of.journey}</Badge>}
      </section>
      {of.problems.length > 0 && (
        <Card title={text.simulate.problems} aside={of.problems.length}>
          <ul class="body stack tight">
            {of.problems.map(({ path, text: problem }) => (
              <li key={`${path} ${problem}`}>
                <span class="mono red">{path === "" ? text.simulate.whole : path}</span>: {problem}
              </li>
            ))}
          </ul>
        </Card>
      )}
      {of.warnings.length > 0 && (
        <Card title={text.simulate.warnings}>
          <ul class="body stack tight">
            {of.warnings.map((warning) => (
              <li key={warning} class="amber">
                {warning}
              </li>
            ))}
          </ul>
        </Card>
      )}
      {of.message !== undefined && (
        <Card title={text.simulate.message}>
          <div class="body stack">
            {typeof description === "string" && (
              <div class="chat">
                <div class="bubble">{description}</div>
              </div>
            )}
            <details>
              <summary class="soft small">{text.simulate.messageBody}</summary>
              <Json value={of.message} label={text.simulate.messageBody} />
            </details>
          </div>
        </Card>
      )}
      {isJson(of.case) && (
        <Card title={text.simulate.case}>
          <div class="body">
            <Pairs
              of={Object.entries(of.case).map(([name, value]) => [
                name,
                <span class="wrap-any">{typeof value === "string" ? value : JSON.stringify(value)}</span>
              ])}
            />
          </div>
        </Card>
      )}
      {parts.map(
        ([name, value]) =>
          value !== undefined && (
            <Card key={name} title={name}>
              <div class="body">
                <Json value={value} label={name} />
              </div>
            </Card>
          )
      )}
    </>
  )
}

export const Simulate = () => {
  const [input, setInput] = useState("")
  const [kind, setKind] = useState<"record" | "event">("record")
  const [result, setResult] = useState<Preview>()
  const [error, setError] = useState<ApiError>()
  const [isBusy, setBusy] = useState(false)
  const journeys = useJourneys()
  const show = (value: string) => {
    setInput(value)
    setKind(kindOf(parsed(value)))
    setResult(undefined)
    setError(undefined)
  }
  useEffect(() => {
    const sample = takeSample()
    if (sample !== undefined) show(JSON.stringify(parsed(sample), undefined, 2))
  }, [])
  const run = async () => {
    setBusy(true)
    setError(undefined)
    try {
      setResult(await post<Preview>("/api/preview", { [kind]: parsed(input) }))
    } catch (cause) {
      setResult(undefined)
      setError(errorOf(cause))
    } finally {
      setBusy(false)
    }
  }
  const journey = journeys.data?.items[0]?.name ?? "pedido_entregue_amanha"
  const pickLetter = async () => {
    const { items } = await get<Page<DeadLetter>>(withQuery("/api/dead-letters", { limit: 1 }))
    const value = items[0]?.value
    if (value !== undefined) show(JSON.stringify(parsed(value), undefined, 2))
  }
  return (
    <>
      <Head title={text.nav.simulate} />
      <div class="stack">
        <p class="soft">{text.simulate.intro}</p>
        <div class="two">
          <form
            class="card spread"
            onSubmit={(event) => {
              event.preventDefault()
              void run()
            }}
          >
            <div class="row between">
              <fieldset class="row toggle">
                <legend class="visually-hidden">{text.simulate.kind}</legend>
                {(["record", "event"] as const).map((one) => (
                  <label key={one} class={one === kind ? "chip on" : "chip"}>
                    <input
                      class="visually-hidden"
                      type="radio"
                      name="kind"
                      checked={one === kind}
                      onChange={() => setKind(one)}
                    />
                    {text.simulate[one]}
                  </label>
                ))}
              </fieldset>
              <span class="row">
                <Menu label={text.simulate.examples} buttonClass="button small" atEnd>
                  {(close) => (
                    <>
                      {examplesOf(journey, serverNow()).map((example) => (
                        <button
                          key={example.name}
                          type="button"
                          class="menu-item"
                          onClick={() => {
                            show(JSON.stringify(example.value, undefined, 2))
                            setKind(example.kind)
                            close()
                          }}
                        >
                          {text.simulate.exampleNames[example.name]}
                        </button>
                      ))}
                      <button
                        type="button"
                        class="menu-item"
                        onClick={() => {
                          void pickLetter()
                          close()
                        }}
                      >
                        {text.simulate.exampleNames.letter}
                      </button>
                    </>
                  )}
                </Menu>
                <label class="button small">
                  {text.simulate.file}
                  <input
                    class="visually-hidden"
                    type="file"
                    accept=".json,application/json,text/plain"
                    onChange={(event) => {
                      void event.currentTarget.files?.[0]?.text().then(show)
                    }}
                  />
                </label>
              </span>
            </div>
            <textarea
              class="input code"
              aria-label={text.simulate.input}
              placeholder={text.simulate.input}
              spellcheck={false}
              required
              value={input}
              onInput={(event) => setInput(event.currentTarget.value)}
            />
            {input.includes('"***') && <Note>{text.simulate.masked}</Note>}
            <button type="submit" class="button primary" disabled={isBusy}>
              {text.simulate.run}
            </button>
          </form>
          <div class="stack">
            {result !== undefined ? (
              <Result of={result} />
            ) : (
              <div class="card">
                {error !== undefined ? (
                  <Failure error={error} onRetry={() => void run()} />
                ) : isBusy ? (
                  <Loading />
                ) : (
                  <State title={text.nav.simulate}>{text.simulate.nothing}</State>
                )}
              </div>
            )}
          </div>
        </div>
      </div>
    </>
  )
}
