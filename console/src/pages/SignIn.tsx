import { useState } from "preact/hooks"

import { ApiError, post } from "../api/client.ts"
import { text } from "../text/text.ts"

const problemOf = (error: unknown): string => {
  if (!(error instanceof ApiError)) return String(error)
  if (error.status === 401 || error.status === 400) return text.signIn.wrong
  if (error.status === 429) return text.signIn.tooMany
  return error.status === 0 ? text.state.unreachable.title : error.message
}

export const SignIn = ({ hasEnded, onDone }: { readonly hasEnded: boolean; readonly onDone: () => void }) => {
  const [token, setToken] = useState("")
  const [problem, setProblem] = useState<string>()
  const [isBusy, setBusy] = useState(false)
  const submit = async () => {
    setBusy(true)
    try {
      await post("/api/session", { token })
      onDone()
    } catch (error) {
      setProblem(problemOf(error))
    } finally {
      setBusy(false)
    }
  }
  return (
    <main class="signin">
      <form
        class="card"
        onSubmit={(event) => {
          event.preventDefault()
          void submit()
        }}
      >
        <div>
          <div class="soft small">{text.name}</div>
          <h1>{text.signIn.title}</h1>
        </div>
        {hasEnded && problem === undefined && <p class="soft">{text.signIn.ended}</p>}
        <label class="field">
          {text.signIn.token}
          <input
            type="password"
            autocomplete="current-password"
            required
            minLength={1}
            value={token}
            aria-describedby="token-hint"
            aria-invalid={problem !== undefined}
            onInput={(event) => setToken(event.currentTarget.value)}
          />
          <span class="hint" id="token-hint">
            {text.signIn.hint}
          </span>
        </label>
        {problem !== undefined && (
          <p class="red" role="alert">
            {problem}
          </p>
        )}
        <button type="submit" class="button primary" disabled={isBusy}>
          {text.signIn.submit}
        </button>
      </form>
    </main>
  )
}
