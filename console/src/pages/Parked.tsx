import { get, withQuery } from "../api/client.ts"
import type { Page, Parked as ParkedEvent } from "../api/types.ts"
import { usePages } from "../pagesOf.ts"
import { text } from "../text/text.ts"
import { useNow } from "../time.ts"
import { Head } from "../ui/Head.tsx"
import { Age } from "../ui/parts.tsx"
import { NoRows, State } from "../ui/states.tsx"

/** Shows events that wait for their communication. The number on the first page leads here. */
export const Parked = () => {
  const now = useNow(5000)
  const list = usePages<ParkedEvent>(
    "parked",
    (cursor, signal) =>
      get<Page<ParkedEvent>>(withQuery("/api/parked", { limit: 200, cursor: cursor ?? undefined }), signal),
    5000
  )
  return (
    <>
      <Head title={text.nav.parked} />
      <div class="stack">
        <p class="soft">{text.parked.intro}</p>
        <section class="card">
          {list.items.length > 0 ? (
            <div class="body">
              <table class="plain">
                <thead>
                  <tr>
                    <th scope="col">{text.parked.evento}</th>
                    <th scope="col">{text.parked.names}</th>
                    <th scope="col">{text.parked.place}</th>
                    <th scope="col" class="right">
                      {text.parked.age}
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {list.items.map(({ at, evento, id, names, origin }) => (
                    <tr key={id}>
                      <td>{text.evento[evento] ?? evento}</td>
                      <td class="mono wrap-any">
                        {names.map(({ kind, value }) => (
                          <div key={`${kind} ${value}`}>
                            <span class="soft">{text.nameKinds[kind] ?? kind}</span> {value}
                          </div>
                        ))}
                      </td>
                      <td class="small wrap-any">
                        {text.communication.place(origin.topic, origin.partition, origin.offset)}
                      </td>
                      <td class="right">
                        <Age at={at} now={now} />
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
              {list.next !== null && (
                <button type="button" class="button" disabled={list.isLoading} onClick={list.loadMore}>
                  {text.letters.more}
                </button>
              )}
            </div>
          ) : (
            <NoRows of={list}>
              <State title={text.parked.empty} />
            </NoRows>
          )}
        </section>
      </div>
    </>
  )
}
