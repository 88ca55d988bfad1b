// A container's health check: health.mjs [PATH] [VARIABLE]. Exits 0 if the server on the port that the variable names
// answers with 2xx within 4 s.
const [path = "/health/live", variable = "HTTP_PORT"] = process.argv.slice(2)

const answer = await fetch(`http://127.0.0.1:${process.env[variable] || "8080"}${path}`, {
  signal: AbortSignal.timeout(4000)
}).catch(() => ({ ok: false }))
process.exit(answer.ok ? 0 : 1)
