import type { ResponseLogprob } from '@pharos/contract/openai/responses.ts'
import type { CompletionPart } from '../../features/completion/index.ts'
import { argumentsEvents, textEvents, thoughtEvents } from './responses-item-events.ts'
import type {
  GrowingCall,
  GrowingItem,
  GrowingMessage,
  GrowingReasoning,
} from './responses-items.ts'
import {
  continued,
  openItem,
  spokenItem,
  type Continued,
  type Output,
  type OutputStep,
} from './responses-output.ts'

type DeltaOf<T extends CompletionPart['type']> = Extract<CompletionPart, { type: T }>

/** The output with what a part brings; only text, thinking and calls bring any. */
export function growOutput(
  output: Output,
  part: CompletionPart,
  chances: readonly ResponseLogprob[],
): OutputStep {
  switch (part.type) {
    case 'text-delta':
      return growMessage(output, part.text, chances)
    case 'token':
      return growMessage(output, '', chances)
    case 'reasoning-delta':
      return growReasoning(output, part)
    case 'tool-delta':
      return growCall(output, part)
    case 'start':
    case 'usage':
    case 'other-delta':
    case 'end':
    case 'error':
      return { output, events: [] }
  }
}

/** More text, with the chances of its tokens. Chances without text belong to an open message. */
function growMessage(
  output: Output,
  delta: string,
  logprobs: readonly ResponseLogprob[],
): OutputStep {
  const isEmpty = delta === '' && (logprobs.length === 0 || spokenItem(output)?.type !== 'message')
  if (isEmpty) return { output, events: [] }
  const begun: GrowingMessage = { type: 'message', state: 'open', text: '', logprobs: [] }
  const { item, index, ...step } = continued(output, (open) => open.type === 'message', begun)
  const more = { text: item.text + delta, logprobs: [...item.logprobs, ...logprobs] }
  const events = textEvents(item, { spanId: output.spanId, index }, { delta, logprobs })
  return grown(step, index, { ...item, ...more }, events)
}

/** More thinking. A signature ends its stretch; what is hidden stands alone. */
function growReasoning(
  output: Output,
  { text, signature, isRedacted }: DeltaOf<'reasoning-delta'>,
): OutputStep {
  if (text === '' && signature === undefined) return { output, events: [] }
  const begun: GrowingReasoning = { type: 'reasoning', state: 'open', text: '' }
  const goesOn = (open: GrowingItem): open is GrowingReasoning =>
    open.type === 'reasoning' && !open.signature && !isRedacted
  const { item, index, ...step } = continued(output, goesOn, begun)
  const signed = signature === undefined ? {} : { signature }
  const marks = { ...signed, ...(isRedacted ? { isRedacted } : {}) }
  const events = thoughtEvents(item, { spanId: output.spanId, index }, text)
  return grown(step, index, { ...item, text: item.text + text, ...marks }, events)
}

/** More of a call. What comes after whole arguments can only be white space and is left out. */
function growCall(output: Output, delta: DeltaOf<'tool-delta'>): OutputStep {
  const at = callAt(output, delta)
  if (at === null) return { output, events: [] }
  const { item, index, ...step } = at
  const { argumentsDelta, signature = item.signature } = delta
  const signed = signature === undefined ? {} : { signature }
  const argumentsText = item.argumentsText + argumentsDelta
  const events = argumentsEvents(item, { spanId: output.spanId, index }, argumentsDelta)
  return grown(step, index, { ...item, argumentsText, ...signed }, events)
}

function callAt(output: Output, delta: DeltaOf<'tool-delta'>): Continued<GrowingCall> | null {
  const index = output.callPlaces[delta.index]
  const item = index === undefined ? undefined : output.items[index]
  if (index !== undefined && item?.type === 'function_call') {
    return item.state === 'open' ? { output, events: [], item, index } : null
  }
  const named = { callId: delta.id ?? '', name: delta.name ?? '' }
  const begun: GrowingCall = { type: 'function_call', state: 'open', ...named, argumentsText: '' }
  const opened = openItem(output, begun)
  const callPlaces = [...output.callPlaces, opened.index]
  return { ...opened, output: { ...opened.output, callPlaces } }
}

function grown(
  { output, events }: OutputStep,
  index: number,
  item: GrowingItem,
  more: OutputStep['events'],
): OutputStep {
  return {
    output: { ...output, items: output.items.with(index, item) },
    events: [...events, ...more],
  }
}
