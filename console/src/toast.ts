import { useEffect, useState } from "preact/hooks"

let show: (message: string) => void = () => undefined

/** Shows a message for some seconds. */
export const toast = (message: string): void => show(message)

export const copyText = async (value: string, said: string): Promise<void> => {
  await navigator.clipboard.writeText(value)
  toast(said)
}

export const useToast = (): string | undefined => {
  const [message, setMessage] = useState<string>()
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    show = (next) => {
      setMessage(next)
      clearTimeout(timer)
      timer = setTimeout(() => setMessage(undefined), 3000)
    }
    return () => clearTimeout(timer)
  }, [])
  return message
}
