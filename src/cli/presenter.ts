import { Console, Effect } from "effect"
import { CliOutput } from "effect/cli"

/** Help that was asked for is the result, on stdout; after wrong use it is part of the error, on stderr. */
export const presenter: CliOutput.Presenter = {
  present: (event) =>
    event._tag === "Version" || (event._tag === "Help" && event.reason === "Requested")
      ? CliOutput.defaultPresenter.present(event)
      : Effect.updateService(CliOutput.defaultPresenter.present(event), Console.Console, (console) => ({
          ...console,
          log: console.error
        }))
}
