import { useEffect, useState } from "preact/hooks"

let current = ""
const listeners = new Set<() => void>()

/** What was typed into the search. It stays in memory, because it may be a phone, an e-mail or a document. */
export const setPrivateSearch = (value: string): void => {
  current = value
  for (const listener of listeners) listener()
}

export const usePrivateSearch = (): string => {
  const [value, setValue] = useState(current)
  useEffect(() => {
    const update = () => setValue(current)
    update()
    listeners.add(update)
    return () => void listeners.delete(update)
  }, [])
  return value
}
