// A container's health check: health.mjs PATH [PORT]. Exit 0 when this process's own server answers with 2xx within 4 s.
const [path = "/health/live", port = process.env.HTTP_PORT || "8080"] = process.argv.slice(2)

const answer = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(4000) }).catch(() => ({
  ok: false
}))
process.exit(answer.ok ? 0 : 1)
