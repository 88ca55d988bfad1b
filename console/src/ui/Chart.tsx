import { useEffect, useRef, useState } from "preact/hooks"

import type { Overview } from "../api/types.ts"
import { text } from "../text/text.ts"
import { formatMinute } from "../time.ts"

type Flow = Overview["flow"]

const height = 154
const left = 34
const bottom = 20
const top = 12
const floor = height - bottom

/** The next round number above: 1, 2, 4, 5 or 8 and zeros. */
const ceilingOf = (most: number): number => {
  if (most <= 4) return 4
  const power = 10 ** Math.floor(Math.log10(most))
  return power * ([1, 2, 4, 5, 8, 10].find((step) => step * power >= most) ?? 10)
}

/** The width that the page gives, in pixels, so that texts keep their size. */
const useWidth = () => {
  const box = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(600)
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => entry && setWidth(Math.round(entry.contentRect.width)))
    if (box.current !== null) observer.observe(box.current)
    return () => observer.disconnect()
  }, [])
  return [box, width] as const
}

/** Orders as an area, events as a line, failures as bars, for each of the last 60 minutes. */
export const Chart = ({ flow }: { readonly flow: Flow }) => {
  const [box, width] = useWidth()
  const most = Math.max(...flow.map(({ events, failures, orders }) => Math.max(orders, events, failures)), 0)
  const ceiling = ceilingOf(most)
  const step = (width - left - 6) / Math.max(1, flow.length - 1)
  const x = (index: number) => left + index * step
  const y = (value: number) => floor - ((floor - top) * value) / ceiling
  const line = (of: (minute: Flow[number]) => number) =>
    flow.map((minute, index) => `${index === 0 ? "M" : "L"}${x(index).toFixed(1)} ${y(of(minute)).toFixed(1)}`).join("")
  const sum = (of: (minute: Flow[number]) => number) => flow.reduce((total, minute) => total + of(minute), 0)
  const ticks = [0, 20, 40, flow.length - 1].filter((index) => index >= 0 && index < flow.length)
  return (
    <div ref={box}>
      <svg
        class="chart"
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={text.now.flowSummary(
          sum(({ orders }) => orders),
          sum(({ events }) => events),
          sum(({ failures }) => failures)
        )}
      >
        {[0, ceiling / 2, ceiling].map((value) => (
          <g key={value}>
            <line x1={left} x2={width} y1={y(value)} y2={y(value)} stroke="var(--line)" />
            <text x={left - 6} y={y(value) + 3.5} text-anchor="end">
              {value}
            </text>
          </g>
        ))}
        <path
          d={`${line(({ orders }) => orders)}L${x(flow.length - 1)} ${floor}L${left} ${floor}Z`}
          fill="var(--chart-fill)"
        />
        <path d={line(({ events }) => events)} fill="none" stroke="var(--chart-second)" stroke-width="1.3" />
        <path d={line(({ orders }) => orders)} fill="none" stroke="var(--chart)" stroke-width="1.7" />
        {flow.map(({ at, events, failures, orders }, index) => (
          <g key={at}>
            {failures > 0 && (
              <rect
                x={x(index) - step * 0.32}
                y={Math.min(y(failures), floor - 2)}
                width={step * 0.64}
                height={Math.max(2, floor - y(failures))}
                fill="var(--red)"
              />
            )}
            <rect x={x(index) - step / 2} y={top} width={step} height={floor - top} fill="transparent">
              <title>{text.now.flowMinute(formatMinute(at), orders, events, failures)}</title>
            </rect>
          </g>
        ))}
        {ticks.map((index) => {
          const minute = flow[index]
          return (
            minute && (
              <text
                key={index}
                x={x(index)}
                y={height - 5}
                text-anchor={index === 0 ? "start" : index === flow.length - 1 ? "end" : "middle"}
              >
                {formatMinute(minute.at)}
              </text>
            )
          )
        })}
      </svg>
    </div>
  )
}
