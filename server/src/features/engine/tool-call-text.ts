import {
  beginsBare,
  callMarks,
  callsBetween,
  noMark,
  openEnd,
  type CallMark,
} from './call-marks.ts'
import { endOfCall, type JsonScan } from './call-end.ts'
import type { CalledTool } from './read-calls.ts'

/** What a model's text turned out to be. */
export type TextEvent =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'reasoning'; readonly text: string }
  | { readonly type: 'call'; readonly call: CalledTool }

export interface TextRules {
  /** Names that a call without a mark may have; null where no calls are looked for. */
  readonly tools: ReadonlySet<string> | null
  /** The whole text is one call without a mark. */
  readonly isCall: boolean
  readonly findsThinking: boolean
}

type Phase =
  /** Only white space so far. */
  | { readonly at: 'start' }
  /** `isLead`: only white space of it so far. */
  | { readonly at: 'thinking'; readonly isLead: boolean }
  | {
      readonly at: 'text'
      /** A call without a mark may stand here. */
      readonly isFresh: boolean
      /** White space that follows a mark means nothing. */
      readonly isAfterMark: boolean
    }
  /** `opening` is the text that began it. */
  | {
      readonly at: 'call'
      readonly mark: CallMark
      readonly opening: string
      readonly scan: JsonScan | null
    }

type InText = Extract<Phase, { at: 'text' }>
type InCall = Extract<Phase, { at: 'call' }>

export interface TextState {
  readonly phase: Phase
  /** Not told yet, because what follows decides what it is. */
  readonly held: string
}

interface Step {
  readonly state: TextState
  readonly events: readonly TextEvent[]
}

const thinks = '<think>'
const thought = '</think>'
const openers = callMarks.map(({ opener }) => opener)
const anyOpener = new RegExp(openers.map((word) => RegExp.escape(word)).join('|'), 'u')

const inText: InText = { at: 'text', isFresh: false, isAfterMark: false }
const inThinking: Phase = { at: 'thinking', isLead: true }
const afterMark: InText = { at: 'text', isFresh: true, isAfterMark: true }

/** `isThinking`: the prompt ended inside the thinking. */
export function startText({ isCall, findsThinking }: TextRules, isThinking = false): TextState {
  if (isCall) return { phase: { at: 'call', mark: noMark, opening: '', scan: null }, held: '' }
  if (isThinking) return { phase: inThinking, held: '' }
  return { phase: findsThinking ? { at: 'start' } : { ...inText, isFresh: true }, held: '' }
}

/**
 * Takes the next piece of a text apart: thinking, calls of tools, and the rest, which is told as
 * soon as it can be nothing else. What looks like a call and is none stays text. However a text is
 * cut into pieces, the events say the same.
 */
export function feedText(state: TextState, text: string, rules: TextRules): Step {
  const events: TextEvent[] = []
  let now: TextState = { ...state, held: state.held + text }
  while (now.held !== '') {
    const step = advance(now, rules)
    now = step.state
    events.push(...step.events)
    if (step.isWaiting) break
  }
  return { state: now, events }
}

/** Nothing more comes: what was held is told as what it most likely is. */
export function endText({ phase, held }: TextState, rules: TextRules): readonly TextEvent[] {
  switch (phase.at) {
    case 'start':
      return told('text', held)
    case 'thinking':
      return told('reasoning', (phase.isLead ? held.trimStart() : held).trimEnd())
    case 'text':
      return told('text', phase.isAfterMark ? held.trimStart() : held)
    case 'call': {
      const calls = callsBetween(phase.mark, held, rules.tools)
      return calls ? calls.map(toEvent) : told('text', phase.opening + held)
    }
  }
}

interface Advance extends Step {
  /** More must come before anything else can be said. */
  readonly isWaiting?: boolean
}

function advance(state: TextState, rules: TextRules): Advance {
  switch (state.phase.at) {
    case 'start':
      return begin(state)
    case 'thinking':
      return think(state.held, state.phase.isLead)
    case 'text':
      return speak(state, state.phase, rules)
    case 'call':
      return call(state.held, state.phase, rules)
  }
}

function begin(state: TextState): Advance {
  const lead = state.held.trimStart()
  if (lead.startsWith(thinks)) return to(inThinking, lead.slice(thinks.length))
  if (thinks.startsWith(lead)) return wait(state)
  return to({ ...inText, isFresh: true }, state.held)
}

function think(text: string, isLead: boolean): Advance {
  const held = isLead ? text.trimStart() : text
  const end = held.indexOf(thought)
  if (end !== -1) {
    const events = told('reasoning', held.slice(0, end).trimEnd())
    return to(afterMark, held.slice(end + thought.length), events)
  }
  const sure = held.slice(0, held.length - openEnd(held, [thought])).trimEnd()
  const phase: Phase = { at: 'thinking', isLead: isLead && sure === '' }
  return wait({ phase, held: held.slice(sure.length) }, told('reasoning', sure))
}

function speak(state: TextState, phase: InText, { tools }: TextRules): Advance {
  const held = phase.isAfterMark ? state.held.trimStart() : state.held
  const lead = held.trimStart()
  if (lead === '' && (tools || phase.isAfterMark)) return wait(state)
  if (!tools) return to(inText, '', told('text', held))
  const isBare = phase.isFresh ? beginsBare(lead) : false
  if (isBare === null) return wait(state)
  if (isBare) {
    const opening = held.slice(0, held.length - lead.length)
    return to({ at: 'call', mark: noMark, opening, scan: null }, lead)
  }
  const found = anyOpener.exec(held)
  const mark = callMarks.find(({ opener }) => opener === found?.[0])
  if (!found || !mark) {
    const sure = held.slice(0, held.length - openEnd(held, openers)).trimEnd()
    if (sure === '') return wait(state)
    return wait({ phase: inText, held: held.slice(sure.length) }, told('text', sure))
  }
  const before = held.slice(0, found.index).trimEnd()
  const end = found.index + mark.opener.length
  const opening = held.slice(before.length, end)
  return to({ at: 'call', mark, opening, scan: null }, held.slice(end), told('text', before))
}

function call(held: string, phase: InCall, { tools }: TextRules): Advance {
  const { mark, opening } = phase
  const found = endOfCall(held, mark.closer, phase.scan)
  if (found.end === -1) return wait({ phase: { ...phase, scan: found.scan }, held })
  const calls = callsBetween(mark, held.slice(0, found.bodyEnd), tools)
  const rest = held.slice(found.end)
  if (calls) return to(afterMark, rest, calls.map(toEvent))
  return to(inText, rest, told('text', opening + held.slice(0, found.end)))
}

function to(phase: Phase, held: string, events: readonly TextEvent[] = []): Advance {
  return { state: { phase, held }, events }
}

function wait(state: TextState, events: readonly TextEvent[] = []): Advance {
  return { state, events, isWaiting: true }
}

function told(type: 'text' | 'reasoning', text: string): readonly TextEvent[] {
  return text === '' ? [] : [{ type, text }]
}

function toEvent(called: CalledTool): TextEvent {
  return { type: 'call', call: called }
}
