import { readFileSync } from "node:fs"

import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { parse } from "yaml"

import { knownSeries, unknownIn } from "./promql.ts"

interface Target {
  readonly expr?: string
  readonly query?: string
}

interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly datasource?: { readonly uid: string }
  readonly targets?: ReadonlyArray<Target & { readonly datasource: { readonly uid: string } }>
}

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly annotations: { readonly runbook: string; readonly summary: string }
}

const dashboard: {
  readonly panels: ReadonlyArray<Panel>
  readonly templating: { readonly list: ReadonlyArray<{ readonly name: string }> }
} = JSON.parse(readFileSync("compose/grafana/dashboards/brom-ctx.json", "utf8"))

const rules: ReadonlyArray<Rule> = parse(readFileSync("compose/prometheus/rules.yml", "utf8")).groups.flatMap(
  (group: { readonly rules: ReadonlyArray<Rule> }) => group.rules
)

const targets = dashboard.panels.flatMap((panel) => panel.targets ?? [])

describe("the dashboard and the alert rules", () => {
  it.effect("CONTRACT GET /metrics: they ask only for series and labels that are there", () =>
    Effect.gen(function* () {
      const known = yield* knownSeries
      const expressions = [...targets.flatMap(({ expr }) => expr ?? []), ...rules.map(({ expr }) => expr)]
      assert.isAbove(expressions.length, 20)
      assert.deepStrictEqual(
        expressions.flatMap((expression) => unknownIn(known, expression)),
        []
      )
    })
  )

  it.effect("a series or a label that is not there would be found", () =>
    Effect.gen(function* () {
      const known = yield* knownSeries
      assert.deepStrictEqual(unknownIn(known, `sum by (code) (rate(ctx_failure_total{job="a"}[5m])) * 60 > 1`), [
        "ctx_failure_total",
        "label code",
        "label job"
      ])
      assert.deepStrictEqual(unknownIn(known, `ctx_failures_total{canal="itsm"} unless ctx_failures_total offset 5m`), [
        "label canal"
      ])
    })
  )

  it("the dashboard shows flow, failures, doubts, lag, step times and breakers, and every metric of the contract", () => {
    const [, contract = ""] = /\n### Metrics\n([^]*?)\n## /.exec(readFileSync("docs/contract.md", "utf8")) ?? []
    const names = [...new Set([...contract.matchAll(/ctx_[a-z_]+/g)].map(([name]) => name))]
    const expressions = targets.map(({ expr }) => expr ?? "").join("\n")
    assert.isAbove(names.length, 10)
    assert.deepStrictEqual(
      names.filter((name) => !expressions.includes(name)),
      []
    )
  })

  it("every data source and variable of the dashboard is provisioned, and its ids are its own", () => {
    const sources: ReadonlyArray<{ readonly uid: string }> = parse(
      readFileSync("compose/grafana/provisioning/datasources/datasources.yaml", "utf8")
    ).datasources
    const uids = sources.map(({ uid }) => uid)
    const used = [
      ...dashboard.panels.map(({ datasource }) => datasource?.uid),
      ...targets.map((it) => it.datasource.uid)
    ]
    assert.deepStrictEqual([...new Set(used.filter((uid) => uid !== undefined))].sort(), ["prometheus", "tempo"])
    assert.includeMembers(uids, ["prometheus", "tempo", "jaeger"])
    const text = JSON.stringify(dashboard)
    const variables = [...text.matchAll(/\$\{?([a-zA-Z_]+)/g)].map(([, name]) => name)
    const defined = new Set([...dashboard.templating.list.map(({ name }) => name), "__rate_interval", "__value"])
    assert.deepStrictEqual(
      variables.filter((name) => !defined.has(name ?? "")),
      []
    )
    const ids = dashboard.panels.map(({ id }) => id)
    assert.strictEqual(new Set(ids).size, ids.length)
  })

  it("a trace id on the dashboard leads to the trace in Tempo", () => {
    const tables = dashboard.panels.filter(({ datasource, type }) => datasource?.uid === "tempo" && type === "table")
    assert.strictEqual(tables.length, 3)
    for (const table of tables) {
      const url: string = JSON.parse(JSON.stringify(table)).fieldConfig.overrides[0].properties[0].value[0].url
      const panes = JSON.parse(new URL(url, "http://grafana").searchParams.get("panes") ?? "")
      assert.strictEqual(panes.trace.datasource, "tempo")
      assert.strictEqual(panes.trace.queries[0].query, "${__value.raw}")
    }
  })

  it("each alert has a section in docs/operations.md, and each section an alert", () => {
    const headings = [...readFileSync("docs/operations.md", "utf8").matchAll(/^### Alert (\w+)$/gm)].map(
      ([, name]) => name
    )
    assert.deepStrictEqual(headings.sort(), rules.map(({ alert }) => alert).sort())
    for (const { alert, annotations } of rules) {
      assert.strictEqual(annotations.runbook, `docs/operations.md#alert-${alert.toLowerCase()}`)
    }
  })
})
