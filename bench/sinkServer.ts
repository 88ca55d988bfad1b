import { createServer } from "node:http"

/** A collector that accepts everything and reports only how many bytes it was (`GET /`). */
let bytes = 0
const server = createServer((request, response) => {
  request.on("data", (chunk: Buffer) => (bytes += chunk.length))
  request.on("end", () => response.end(String(bytes)))
})
server.listen(Number(process.env["PORT"]), "127.0.0.1")
