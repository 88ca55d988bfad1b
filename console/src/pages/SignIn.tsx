import { useEffect, useRef, useState } from "preact/hooks"

import { ApiError, post } from "../api/client.ts"
import { errorText } from "../api/errorText.ts"
import { text } from "../text/text.ts"

const problemOf = (error: unknown): string => {
  const status = error instanceof ApiError ? error.status : undefined
  if (status === 401 || status === 400) return text.signIn.wrong
  if (status === 429) return text.signIn.tooMany
  return errorText(error)
}

export const SignIn = ({ hasEnded, onDone }: { readonly hasEnded: boolean; readonly onDone: () => void }) => {
  const [token, setToken] = useState("")
  const [problem, setProblem] = useState<string>()
  const [isBusy, setBusy] = useState(false)
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => input.current?.focus(), [])
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
            ref={input}
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
