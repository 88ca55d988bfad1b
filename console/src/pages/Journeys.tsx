import { useState } from "preact/hooks"

import { type AnswerWords, meaningOf } from "../../../src/domain/inbound/customerAnswer.ts"
import { render } from "../../../src/domain/journeys/template.ts"
import { isJson } from "../api/client.ts"
import type { Json, JourneyShown, JsonValue } from "../api/types.ts"
import { useJourneys } from "../journeys.ts"
import { text } from "../text/text.ts"
import { serverNow } from "../time.ts"
import { Head } from "../ui/Head.tsx"
import { Badge, Card, Pairs } from "../ui/parts.tsx"
import { Shown, State } from "../ui/states.tsx"
import type { Tone } from "../ui/tone.ts"

const textAt = (of: Json, name: string): string | undefined => {
  const value = of[name]
  return typeof value === "string" ? value : undefined
}

const textsAt = (of: Json, name: string): ReadonlyArray<string> => {
  const value = of[name]
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : []
}

const numberAt = (of: Json, name: string): number | undefined => {
  const value = of[name]
  return typeof value === "number" ? value : undefined
}

const objectAt = (of: Json, name: string): Json => {
  const value: JsonValue | undefined = of[name]
  return isJson(value) ? value : {}
}

/** The invented customer and order with which a template is rendered here. */
const exampleOf = (now: number) => ({
  nome: "Maria",
  sobrenome: "Exemplo",
  num_pedido: "1234567890",
  remessa: "800001",
  data_entrega: new Intl.DateTimeFormat("pt-BR", { timeZone: "America/Sao_Paulo" }).format(now + 86_400_000)
})

/** `24 hours` as the file has it, for people. */
const spanText = (written: string): string =>
  written
    .replace(/\bdays?\b/, "dias")
    .replace(/\bhours?\b/, "horas")
    .replace(/\bminutes?\b/, "minutos")

const sentencesOf = (journey: Json): ReadonlyArray<string> => {
  const words = text.journeys.sentences
  const expires = textAt(journey, "expiresAfterText")
  const resolution = textAt(journey, "resolutionCode")
  const human = textAt(journey, "humanGroup")
  const delivered = textAt(journey, "deliveredField")
  const read = textAt(journey, "readField")
  return [
    expires === undefined ? words.neverExpires : words.expires(spanText(expires)),
    words.delivery(numberAt(journey, "deliveryOffsetDays") ?? 0),
    journey["missingConsumer"] === "guest" ? words.missingGuest : words.missingCreate,
    journey["sendWithoutCase"] === true ? words.sendWithout : words.dontSendWithout,
    resolution === undefined ? words.noResolution : words.resolution(resolution),
    human === undefined ? words.noHuman : words.human(human),
    ...(delivered === undefined ? [] : [words.delivered(delivered)]),
    ...(read === undefined ? [] : [words.read(read)]),
    words.zone(textAt(journey, "timeZone") ?? "")
  ]
}

const clock = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`

const day = 24 * 60
const weekOrder = [1, 2, 3, 4, 5, 6, 0]

const Week = ({ hours }: { readonly hours: Json }) => {
  const days = Array.isArray(hours["days"]) ? hours["days"] : []
  const from = numberAt(hours, "from") ?? 0
  const to = numberAt(hours, "to") ?? day
  return (
    <div class="week">
      {weekOrder.map((index) => {
        const isOpen = days.includes(index)
        return (
          <>
            <span class="day">{text.journeys.days[index]}</span>
            <span
              class="hours"
              role="img"
              aria-label={`${text.journeys.days[index]}: ${isOpen ? text.journeys.open(clock(from), clock(to)) : text.journeys.closed}`}
            >
              {isOpen && (
                <i style={{ left: `${(100 * from) / day}%`, right: `${100 - (100 * Math.min(to, day)) / day}%` }} />
              )}
            </span>
          </>
        )
      })}
      <span />
      <span class="scale num" aria-hidden="true">
        <span>0 h</span>
        <span>6 h</span>
        <span>12 h</span>
        <span>18 h</span>
        <span>24 h</span>
      </span>
    </div>
  )
}

const toneOf: Readonly<Record<string, Tone>> = { sim: "green", nao: "red", outro: "amber", none: "grey" }

const Answers = ({ of }: { readonly of: Json }) => {
  const courtesy = of["courtesy"]
  const words: AnswerWords = {
    yes: textsAt(of, "yes"),
    no: textsAt(of, "no"),
    ...(Array.isArray(courtesy) && { courtesy: textsAt(of, "courtesy") })
  }
  const [answer, setAnswer] = useState("")
  const meaning = answer.trim() === "" ? undefined : meaningOf(answer, words)
  return (
    <div class="body stack">
      <Pairs
        of={[
          [
            text.journeys.yes,
            <span class="words">
              {words.yes.map((word) => (
                <Badge key={word} tone="green">
                  {word}
                </Badge>
              ))}
            </span>
          ],
          [
            text.journeys.no,
            <span class="words">
              {words.no.map((word) => (
                <Badge key={word} tone="red">
                  {word}
                </Badge>
              ))}
            </span>
          ]
        ]}
      />
      {words.courtesy !== undefined && <p class="soft small">{text.journeys.courtesy(words.courtesy.length)}</p>}
      <label class="field">
        {text.journeys.try}
        <input
          value={answer}
          placeholder={text.journeys.tryPlaceholder}
          onInput={(event) => setAnswer(event.currentTarget.value)}
        />
      </label>
      <div role="status" class="try">
        {meaning !== undefined && <Badge tone={toneOf[meaning] ?? "grey"}>{text.journeys.meaning[meaning]}</Badge>}
      </div>
    </div>
  )
}

const comingHolidays = (hours: Json, now: number): ReadonlyArray<string> => {
  const today = new Date(now).toISOString().slice(0, 10)
  return textsAt(hours, "holidays").filter((one) => one >= today)
}

const dayName = (date: string): string => date.split("-").toReversed().join("/")

const JourneyCards = ({ of }: { readonly of: JourneyShown }) => {
  const { journey } = of
  const now = serverNow()
  const template = objectAt(journey, "case")
  const hours = isJson(journey["businessHours"]) ? journey["businessHours"] : undefined
  const example = exampleOf(now)
  const rendered = Object.entries(template).map(
    ([name, value]) => [name, typeof value === "string" ? render(value, example) : String(value)] as const
  )
  const isText = (name: string) => name === "short_description" || name === "description"
  const holidays = hours === undefined ? [] : comingHolidays(hours, now)
  return (
    <section class="stack" aria-labelledby={`journey-${of.name}`}>
      <div class="row">
        <h2 class="journey" id={`journey-${of.name}`}>
          {text.journeyName(of.name)}
        </h2>
        <span class="soft mono">{of.name}</span>
        {of.default && <Badge>{text.journeys.default}</Badge>}
      </div>
      <div class="two">
        <div class="stack">
          <Card title={text.journeys.caseTexts}>
            <div class="body stack">
              <strong>{rendered.find(([name]) => name === "short_description")?.[1]}</strong>
              <div class="chat">
                <div class="bubble">{rendered.find(([name]) => name === "description")?.[1]}</div>
              </div>
              <details>
                <summary class="soft small">{text.journeys.fields}</summary>
                <Pairs of={rendered.filter(([name]) => !isText(name))} />
              </details>
            </div>
          </Card>
          <Card title={text.journeys.words}>
            <ul class="body sentences">
              {sentencesOf(journey).map((sentence) => (
                <li key={sentence}>{sentence}</li>
              ))}
            </ul>
          </Card>
        </div>
        <div class="stack">
          <Card title={text.journeys.hours} aside={hours && text.journeys.holidays(textsAt(hours, "holidays").length)}>
            <div class="body stack">
              {hours === undefined ? <p class="soft">{text.journeys.always}</p> : <Week hours={hours} />}
              {holidays.length > 0 && (
                <p class="small">
                  <span class="soft">{text.journeys.nextHolidays}:</span> {holidays.slice(0, 5).map(dayName).join(", ")}
                </p>
              )}
            </div>
          </Card>
          <Card title={text.journeys.answers}>
            <Answers of={objectAt(journey, "answers")} />
          </Card>
        </div>
      </div>
    </section>
  )
}

const Journeys = () => {
  const loaded = useJourneys()
  return (
    <>
      <Head title={text.nav.journeys} />
      <div class="stack">
        <p class="soft">{text.journeys.intro}</p>
        <Shown of={loaded}>
          {({ items }) =>
            items.length === 0 ? (
              <div class="card">
                <State title={text.journeys.empty} />
              </div>
            ) : (
              items.map((journey) => <JourneyCards key={journey.name} of={journey} />)
            )
          }
        </Shown>
      </div>
    </>
  )
}

/** Loaded when it is opened, because the rules of the answers come with it. */
export default Journeys
