/** One place of the code that changes when a safeguard is taken away; `find` must be there once. */
interface Edit {
  readonly file: string
  readonly find: string
  readonly replace: string
}

/** What keeps a promise, and how to take it away. */
export interface Safeguard {
  readonly name: string
  readonly without: ReadonlyArray<Edit>
}

const edit = (file: string, find: string, replace: string): Edit => ({ file: `src/${file}`, find, replace })

/** Every one of them is there because without it something happens twice, or never; the simulation has to show that. */
export const safeguards: ReadonlyArray<Safeguard> = [
  {
    name: "the intent is durable before the dispatch (5.3)",
    without: [
      edit(
        "programs/communication/Communication.ts",
        "yield* communication.record([intent])",
        "yield* communication.remember(intent)"
      )
    ]
  },
  {
    name: "an intent without an answer is a doubt (5.3)",
    without: [
      edit(
        "programs/outbound/sendWhatsApp.ts",
        "const lost = lostAttempts(known)",
        "const lost = lostAttempts(known).slice(1)"
      )
    ]
  },
  {
    name: "a dispatch that timed out is a doubt (5.3)",
    without: [
      edit(
        "domain/vendor/failure.ts",
        'case "Unreadable":\n      return "doubtful"',
        'case "Unreadable":\n      return "retry"'
      )
    ]
  },
  {
    name: "an answer settles only its own attempt (5.3)",
    without: [
      edit(
        "domain/communication/DispatchState.ts",
        "set.has(attempt) ? new Set([...set].filter((other) => other !== attempt)) : set",
        "set.size < 0 && attempt < 0 ? set : none"
      )
    ]
  },
  {
    name: "after a lost race the program begins again (DESIGN)",
    without: [
      edit(
        "programs/communication/Communication.ts",
        "Effect.fail(fenced)",
        "Effect.void as unknown as Effect.Effect<never, typeof fenced>"
      )
    ]
  },
  {
    name: "a retry sends nothing beside a doubt (10.1)",
    without: [
      edit(
        "domain/rules/retrySteps.ts",
        'if (outcome === "in_doubt") return block(',
        'if (outcome === "in_doubt") return void block('
      )
    ]
  },
  {
    name: "a retry looks for a Case that may exist (10.1)",
    without: [
      edit(
        "domain/communication/State.ts",
        "...(appearsUntil !== undefined && caseIntent && { caseIntent }),",
        "...(appearsUntil === -1 && caseIntent && { caseIntent }),"
      )
    ]
  },
  {
    name: "an event that settles a doubt cancels a resend (8.6)",
    without: [
      edit(
        "domain/communication/DispatchState.ts",
        "isSecond && !over && open.size === 0",
        "isSecond && !over && open.size < 0"
      )
    ]
  },
  {
    name: "a doubt that is settled is noted and told (5.3)",
    without: [
      edit(
        "domain/communication/State.ts",
        'return changed(overall.by === "events" ? after : withoutNote(after), at)',
        "return after"
      )
    ]
  },
  {
    name: "what Weni answers counts after an operator's word (5.3)",
    without: [
      edit(
        "domain/communication/State.ts",
        "if (known.outcome === overall.outcome && known.by === overall.by) return after",
        'if (known.by === "operator" || (known.outcome === overall.outcome && known.by === overall.by)) return after'
      )
    ]
  },
  {
    name: "look before create, after a death (4.3)",
    without: [
      edit(
        "layers/servicenow/createOnce.ts",
        "if (options.inDoubtUntil !== undefined) {",
        "if (options.timeout < 0 && options.inDoubtUntil !== undefined) {"
      )
    ]
  },
  {
    name: "look before create, after a doubtful answer (4.3)",
    without: [
      edit(
        "layers/servicenow/createOnce.ts",
        'if (ambiguity !== "none") {',
        'if (timeout < 0 && ambiguity !== "none") {'
      )
    ]
  },
  {
    name: "look until an insert cannot be running any more (4.3)",
    without: [edit("layers/servicenow/createOnce.ts", "if (startedAt >= until) return undefined", "return undefined")]
  },
  {
    name: "the intent is durable before the Case's POST (4.3)",
    without: [
      edit(
        "programs/outbound/openCase.ts",
        "yield* communication.record([intent])",
        "yield* communication.remember(intent)"
      )
    ]
  },
  {
    name: "note check, after a doubtful PATCH (6.2)",
    without: [
      edit(
        "layers/servicenow/updateCase.ts",
        "doubtUntil = until ?? doubtUntil",
        "if (timeout < 0) doubtUntil = until ?? doubtUntil"
      )
    ]
  },
  {
    name: "note check, after a death (6.2)",
    without: [
      edit(
        "layers/servicenow/updateCase.ts",
        "let doubtUntil = input.inDoubt ? ",
        "let doubtUntil = timeout < 0 && input.inDoubt ? "
      )
    ]
  },
  {
    name: "the plan of an event is durable before it is carried out (8.4)",
    without: [
      edit(
        "programs/inbound/applyEvent.ts",
        "yield* communication.record([fact])",
        "yield* communication.remember(fact)"
      )
    ]
  },
  {
    name: "the response is stored before it is published (7.3)",
    without: [
      edit(
        "programs/communication/publishResponse.ts",
        "yield* communication.record([stored])",
        "yield* communication.remember(stored)"
      )
    ]
  },
  {
    name: "the acknowledgement is awaited before the end (7.3)",
    without: [
      edit(
        "programs/communication/publishResponse.ts",
        "yield* publish(published(stored.content, stored.origin, false))",
        "yield* Effect.forkDetach(publish(published(stored.content, stored.origin, false)))"
      )
    ]
  },
  {
    name: "watermark: only what has ended is committed (DESIGN)",
    without: [
      edit("layers/kafka/PartitionTracker.ts", "return this.open[this.head] ?? this.position", "return this.position")
    ]
  },
  {
    name: "fence: of two writers the second loses (DESIGN)",
    without: [edit("layers/journal/memory/store.ts", "if (known.seq !== seq) return", "if (known.seq < 0) return")]
  },
  {
    name: "once: what is known is not done again (DESIGN)",
    without: [edit("programs/communication/Communication.ts", "if (happened !== undefined) return happened", "")]
  },
  {
    name: "a later try of a failed write (6.4)",
    without: [
      edit(
        "domain/rules/pendingWrites.ts",
        "dueAt - failed.at > day ? undefined : dueAt",
        "dueAt > 0 ? undefined : dueAt"
      )
    ]
  },
  {
    name: "a parked event is forgotten once it is applied (8.3)",
    without: [
      edit(
        "programs/intake/endParked.ts",
        'if (ended === "applied") yield* endParked({ done: [one] })',
        'if (ended === "applied") yield* Effect.void'
      )
    ]
  },
  {
    name: "NÃO takes a scheduled close away (8.9)",
    without: [
      edit(
        "domain/communication/evolveEvents.ts",
        "...(closesAt !== undefined && !withPeople && { closesAt }),",
        "...(closesAt !== undefined && { closesAt }),"
      )
    ]
  },
  {
    name: "a duplicate is known by its key (8.4)",
    without: [
      edit(
        "programs/inbound/applyEvent.ts",
        "const key = progressKey(events, received.event)",
        "const key = progressKey(events, received.event) + JSON.stringify(received.origin)"
      )
    ]
  },
  {
    name: "a communication is worked on under its lock (DESIGN)",
    without: [
      edit(
        "programs/actors/CommunicationsInProcess.ts",
        'ownership.hold("communication", id, owned(actor))',
        'ownership.hold("communication", `${id} ${Math.random()}`, owned(actor))'
      ),
      edit(
        "programs/actors/CommunicationsInProcess.ts",
        'ownership.tryHold("communication", id, owned(actor))',
        'ownership.tryHold("communication", `${id} ${Math.random()}`, owned(actor))'
      )
    ]
  },
  {
    name: "a wait takes an intent back only where nothing was sent (9.2)",
    without: [
      edit(
        "domain/communication/State.ts",
        "if (fact.appearsUntil !== undefined) return { ...state, held, wasHeld: true }",
        ""
      )
    ]
  },
  {
    name: "a held write has an intent before it is sent (9.2)",
    without: [
      edit(
        "programs/communication/updateCase.ts",
        'yield* communication.record([{ _tag: "WriteIntended", at: yield* Clock.currentTimeMillis, write: name }])',
        'yield* communication.remember({ _tag: "WriteIntended", at: yield* Clock.currentTimeMillis, write: name })'
      )
    ]
  },
  {
    name: "a wait says until when a creation may appear (9.2)",
    without: [
      edit(
        "layers/servicenow/createOnce.ts",
        "retryBudget.failure(isOwn ? failure : reason, appearsUntil)",
        "retryBudget.failure(isOwn ? failure : reason)"
      )
    ]
  },
  {
    name: "a wait says until when a note may appear (9.2)",
    without: [
      edit(
        "layers/servicenow/updateCase.ts",
        "(appearsUntil) => Effect.fail(retryBudget.failure(reason, appearsUntil))",
        "() => Effect.fail(retryBudget.failure(reason))"
      )
    ]
  },
  {
    name: "a run that finds the vendor still away writes nothing (9.2)",
    without: [edit("programs/communication/hold.ts", "if (isKnown) return", "if (isKnown && wait.attempts < 0) return")]
  },
  {
    name: "one call is the probe (9.2)",
    without: [
      edit(
        "layers/breaker/Bulkhead.ts",
        "this.breaker = { ...breaker, probing: true }",
        "this.breaker = { ...breaker, probing: false }"
      )
    ]
  },
  {
    name: "what waits for a vendor goes on when it is back (9.2)",
    without: [edit("programs/upkeep/Sweep.ts", 'if (way === "probe" || (!isRound && !isNews)) continue', "continue")]
  },
  {
    name: "a waiting record ends only when the ledger says so (9.2)",
    without: [
      edit("programs/intake/WaitingRecords.ts", "if (ending !== undefined) resume(", "if (ending !== null) resume(")
    ]
  },
  {
    name: "a repeat that waited gets its response (1.4)",
    without: [
      edit(
        "programs/intake/WaitingRecords.ts",
        'originKey(order) === originKey(one.origin) ? "ended" : "again"',
        'originKey(order) !== "" ? "ended" : "again"'
      )
    ]
  },
  {
    name: "events of an order that waits for its Case are left alone (8.3)",
    without: [
      edit(
        "layers/journal/memory/parking.ts",
        "view.held?.servicenow === undefined ? [",
        "view.held?.servicenow !== 0 ? ["
      )
    ]
  },
  {
    name: "an event is planned once the Case of its order is open (9.2)",
    without: [
      edit(
        "programs/inbound/applyEvent.ts",
        "if (!isPlannable(yield* communication.state)) return yield* new Suspended()",
        ""
      )
    ]
  },
  {
    name: "a dispatch whose attempts an outage used up waits (9.2)",
    without: [edit("programs/outbound/sendWhatsApp.ts", "if (isLast && !isOutage) return", "if (isLast) return")]
  },
  {
    name: "a call of ServiceNow whose attempts an outage used up waits (9.2)",
    without: [edit("layers/servicenow/retry.ts", "isUnavailable && !callState.answered", "isUnavailable && made < 0")]
  },
  {
    name: "a Case of another process is looked for longer than one's own (4.3)",
    without: [
      edit(
        "programs/outbound/openCase.ts",
        "own: known !== undefined && communication.inherited.caseIntent?.at !== known.at",
        "own: known !== undefined"
      )
    ]
  },
  {
    name: "a look that does not show a known Case allows no create (4.3)",
    without: [
      edit(
        "domain/outbound/caseLook.ts",
        'return seen ? { _tag: "None" } : { _tag: "Blind", why: "control" }',
        'return { _tag: "None" }'
      )
    ]
  },
  {
    name: "a note of another process is looked for longer than one's own (6.2)",
    without: [
      edit("programs/communication/updateCase.ts", "begunElsewhere(communication.inherited, write) && {", "false && {")
    ]
  }
]
