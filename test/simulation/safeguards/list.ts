/** One place of the code that changes when a safeguard is removed. `find` must occur there exactly once. */
interface Edit {
  readonly file: string
  readonly find: string
  readonly replace: string
}

/** A piece of code that keeps a promise, and the edits that remove it. */
export interface Safeguard {
  readonly name: string
  readonly without: ReadonlyArray<Edit>
}

const edit = (file: string, find: string, replace: string): Edit => ({ file: `src/${file}`, find, replace })

/** Without each of them something is done twice or never. The simulation must show that. */
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
        "!isSecond || over || open.size > 0",
        "!isSecond || over || open.size > -1"
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
        "programs/outbound/createOnce.ts",
        "if (options.inDoubtUntil !== undefined) {",
        "if (options.timeout < 0 && options.inDoubtUntil !== undefined) {"
      )
    ]
  },
  {
    name: "look before create, after a doubtful answer (4.3)",
    without: [
      edit(
        "programs/outbound/createOnce.ts",
        'if (ambiguity !== "none") {',
        'if (timeout < 0 && ambiguity !== "none") {'
      )
    ]
  },
  {
    name: "look until an insert cannot be running any more (4.3)",
    without: [edit("programs/vendor/pollUntilKnown.ts", "const isOver = startedAt >= until", "const isOver = true")]
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
        "programs/communication/CaseUpdates.ts",
        "doubtUntil = until ?? doubtUntil",
        "if (timeout < 0) doubtUntil = until ?? doubtUntil"
      )
    ]
  },
  {
    name: "note check, after a death (6.2)",
    without: [
      edit(
        "programs/communication/CaseUpdates.ts",
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
    without: [
      edit(
        "layers/journal/memory/store.ts",
        "if (known.seq !== seq || isErased) return",
        "if (known.seq < 0 && isErased) return"
      )
    ]
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
        "programs/outbound/createOnce.ts",
        "retryBudget.failure(isOwn ? failure : reason, appearsUntil)",
        "retryBudget.failure(isOwn ? failure : reason)"
      )
    ]
  },
  {
    name: "a wait says until when a note may appear (9.2)",
    without: [
      edit(
        "programs/communication/CaseUpdates.ts",
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
    without: [
      edit("programs/vendor/retryBudget.ts", "isUnavailable && !callState.answered", "isUnavailable && made < 0")
    ]
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
  },
  {
    name: "an operation acts once: a retry (10.3)",
    without: [
      edit(
        "programs/operator/requestRetry.ts",
        "if (ordered.operation !== undefined && state.operations.has(ordered.operation)) return\n",
        ""
      )
    ]
  },
  {
    name: "nothing is sent again while an attempt may be under way (5.3)",
    without: [
      edit(
        "programs/operator/resolveDispatch.ts",
        'decision === "resend" && now < from',
        'decision === "resend" && from < 0'
      )
    ]
  },
  {
    name: "an operator decides on a doubt alone (5.3)",
    without: [
      edit("programs/operator/resolveDispatch.ts", 'if (outcome !== "in_doubt") {', "if (outcome === undefined) {"),
      edit(
        "programs/operator/resolveDispatch.ts",
        "if (!isDecidable(state, decision)) return",
        "if (state.seq < 0) return"
      ),
      edit("domain/communication/State.ts", "  !isDecidable(state, decided.decision)\n", "  state.seq < 0\n")
    ]
  },
  {
    name: "an action is in the trail before it is taken (10.3)",
    without: [edit("programs/operator/takeAction.ts", "yield* operations.begin(operation, [id])", "")]
  },
  {
    name: "a retry sends nothing that was sent (10.1)",
    without: [
      edit(
        "domain/rules/retrySteps.ts",
        'if (outcome === "sent") return block(',
        'if (outcome === "sent") void block('
      ),
      edit(
        "domain/rules/retrySteps.ts",
        'if (outcome !== "failed" || dispatch.open.size > 0) return block(',
        'if (outcome !== "sent" && (outcome !== "failed" || dispatch.open.size > 0)) return block('
      )
    ]
  },
  {
    name: "a retry sends nothing to a customer who has the message (10.1)",
    without: [
      edit(
        "domain/rules/retrySteps.ts",
        "if (isMessageKnown(state.events.reported)) return block(",
        "if (isMessageKnown(state.events.reported)) void block("
      ),
      edit("domain/communication/DispatchState.ts", "retried === true && isMessageKnown(reported)", "false")
    ]
  },
  {
    name: "a retry sends nothing that an operator guessed was not sent (10.1)",
    without: [
      edit(
        "domain/rules/retrySteps.ts",
        "if (dispatch.doubts.size > 0) return block(",
        "if (dispatch.doubts.size > 0) void block("
      )
    ]
  },
  {
    name: "an operator's look that proves nothing refuses the retry (10.1)",
    without: [
      edit(
        "programs/operator/requestRetry.ts",
        'if (sought._tag !== "Undecided") return\n',
        "if (sought !== undefined) return\n"
      )
    ]
  },
  {
    name: "one process at a time does what operators order (10.3)",
    without: [
      edit(
        "programs/upkeep/OperationRunner.ts",
        'ownership.tryHold("operation", "all", () => runAll(round)),',
        'ownership.tryHold("operation", String(Math.random()), () => runAll(round)),'
      )
    ]
  },
  {
    name: "an erased communication is remembered as one (10.4)",
    without: [edit("programs/communication/eraseCommunication.ts", "seq: state.seq, erased: true", "seq: state.seq")]
  },
  {
    name: "a repeat of a deleted communication is one still (1.4)",
    without: [
      edit(
        "programs/outbound/receiveOrder.ts",
        "if (forgotten !== undefined) return",
        "if (forgotten?.number === -1) return"
      )
    ]
  },
  {
    name: "the trail of an erasure tells nobody (10.4)",
    without: [
      edit(
        "programs/operator/erase.ts",
        "ids.map((id) => (holdsPersonalData(id) ? `${refPrefix}${refOf(id)}:${erasedId(id)}` : id))",
        "ids.filter((id) => refOf(id) + refPrefix + erasedId(id) + holdsPersonalData(id) !== '')"
      )
    ]
  }
]
