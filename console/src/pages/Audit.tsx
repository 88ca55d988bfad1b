import { get } from "../api/client.ts"
import type { Audit as AuditResult } from "../api/types.ts"
import { useLoad } from "../load.ts"
import { text } from "../text/text.ts"
import { formatNumber } from "../time.ts"
import { Head } from "../ui/Head.tsx"
import { Shown } from "../ui/states.tsx"

/** Whether every record has an ending, behind the number on the first page. */
export const Audit = () => {
  const loaded = useLoad("audit", (signal) => get<AuditResult>("/api/audit", signal), 30_000)
  return (
    <>
      <Head title={text.nav.audit} />
      <div class="stack">
        <p class="soft">{text.audit.intro}</p>
        <Shown of={loaded}>
          {({ overdue, stalled, topics, unaccounted }) => (
            <>
              <section class={`card note ${unaccounted > 0 ? "red" : ""}`}>
                <span class={`dot ${unaccounted > 0 ? "red" : "green"}`} />
                <div>
                  <strong>{unaccounted > 0 ? text.audit.wrong(unaccounted) : text.audit.good}</strong>
                  <div class="soft small">
                    {text.audit.stalled}: {formatNumber(stalled)} · {text.audit.overdue}: {formatNumber(overdue)}
                  </div>
                </div>
              </section>
              <section class="card">
                <div class="body scroll-x" tabIndex={0} role="group" aria-label={text.nav.audit}>
                  <table class="plain">
                    <thead>
                      <tr>
                        <th scope="col">{text.audit.topic}</th>
                        <th scope="col" class="right">
                          {text.audit.partition}
                        </th>
                        <th scope="col" class="right">
                          {text.audit.committed}
                        </th>
                        <th scope="col" class="right">
                          {text.audit.ended}
                        </th>
                        <th scope="col" class="right">
                          {text.audit.skipped}
                        </th>
                        <th scope="col" class="right">
                          {text.audit.unaccounted}
                        </th>
                        <th scope="col">{text.audit.missing}</th>
                      </tr>
                    </thead>
                    <tbody>
                      {topics.map((one) => (
                        <tr key={`${one.topic} ${one.partition}`}>
                          <td class="wrap-any">{one.topic}</td>
                          <td class="right num">{one.partition}</td>
                          <td class="right num">{formatNumber(one.committed)}</td>
                          <td class="right num">{formatNumber(one.ended)}</td>
                          <td class="right num">{formatNumber(one.skipped)}</td>
                          <td class={`right num ${one.unaccounted > 0 ? "red" : "green"}`}>
                            {formatNumber(one.unaccounted)}
                          </td>
                          <td class="mono">
                            {one.missing
                              ?.map(({ first, last }) => (first === last ? first : `${first}–${last}`))
                              .join(", ")}
                          </td>
                        </tr>
                      ))}
                    </tbody>
                  </table>
                </div>
              </section>
            </>
          )}
        </Shown>
      </div>
    </>
  )
}
