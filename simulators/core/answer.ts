import type { Answered } from "./Simulator.ts"

const jsonType = "application/json;charset=UTF-8"

/** A JSON answer. */
export const json = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Answered => ({
  status,
  headers: { "content-type": jsonType, ...headers },
  body: JSON.stringify(body)
})

/** An HTML page where the client expects JSON. */
export const html = (status: number, title: string, text: string): Answered => ({
  status,
  headers: { "content-type": "text/html;charset=UTF-8" },
  body: `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1><p>${text}</p></body></html>\n`
})

/** An answer that claims to be JSON and is cut in the middle. */
export const garbage: Answered = {
  status: 200,
  headers: { "content-type": jsonType },
  body: '{"result":{"sys_id":"0397c7'
}

/** 202 without a body, as a gateway gives it when the instance is slow (SPEC 4.4). */
export const accepted202: Answered = { status: 202, headers: { "content-length": "0" }, body: "" }
