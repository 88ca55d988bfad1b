import { writeFileSync } from "node:fs"
import { parseArgs } from "node:util"

import { instrument, listen, type Place } from "./instrument.ts"

const help = `Which functions of src one record, and one event, go through, in order.

  npm run trace -- [--event] [--programs] [--out FILE] [--picture FILE]

  --event     a customer's SIM instead of the record of fixtures/comunicacaoTransacional.json
  --programs  only the files of src/programs, repeats folded
  --out FILE  every function entered, a line each, to compare two versions
  --picture FILE  the spans of the record as an SVG (docs/images/trace.svg), and nothing else
`

const { values } = parseArgs({
  options: {
    event: { type: "boolean", default: false },
    programs: { type: "boolean", default: false },
    out: { type: "string" },
    picture: { type: "string" },
    help: { type: "boolean", default: false }
  }
})

const folded = (files: ReadonlyArray<string>): ReadonlyArray<string> =>
  files.filter((file, index) => file !== files[index - 1])

const report = (entries: ReadonlyArray<Place>): string => {
  const files = entries.map(({ file }) => file)
  const programs = files.filter((file) => file.startsWith("src/programs/"))
  return [
    `functions entered  ${entries.length}`,
    `files entered      ${new Set(files).size}`,
    `hops (an entry in another file than the entry before)  ${folded(files).length - 1}`,
    `files of src/programs  ${new Set(programs).size}, hops ${folded(programs).length - 1}`
  ].join("\n")
}

if (values.help) {
  process.stdout.write(help)
} else if (values.picture !== undefined) {
  const { tracePicture } = await import("./picture.ts")
  writeFileSync(values.picture, await tracePicture())
} else {
  instrument(process.cwd())
  const { trace } = await import("./trace.ts")
  const entries: Array<Place> = []
  await trace(values.event, (recording) => listen(recording ? (place) => entries.push(place) : undefined))
  if (values.out !== undefined) {
    writeFileSync(values.out, entries.map(({ file, name }) => `${file} ${name}\n`).join(""))
  }
  if (values.programs) {
    const programs = entries.map(({ file }) => file).filter((file) => file.startsWith("src/programs/"))
    process.stdout.write(`${folded(programs).join("\n")}\n\n`)
  }
  process.stdout.write(`${report(entries)}\n`)
}
