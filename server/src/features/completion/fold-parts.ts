import type { TokenUsage } from '../pricing/index.ts'
import type { CompletionPart, FinishReason } from './part.ts'
import type { ContentPart, ToolCall } from './request.ts'

/** What a model said, as far as it came. */
export interface Reply {
  readonly text: string
  readonly reasoning: string
  readonly toolCalls: readonly ToolCall[]
  /** Null when the provider did not come to an end. */
  readonly finishReason: FinishReason | null
  /** The provider's own word. */
  readonly rawFinishReason: string | null
  /** The model that the provider says it was. */
  readonly model: string | null
  /** The same in its order, for an assistant's message that its provider may want back. */
  readonly content: readonly ContentPart[]
  /** The texts of the other answers, where several were asked for at once. */
  readonly otherTexts?: readonly string[]
}

/** Parts on their way to a reply. */
export interface PartFold extends Omit<Reply, 'content' | 'otherTexts'> {
  /** Null as long as the provider says nothing of it. */
  readonly usage: TokenUsage | null
  /** Text, thinking and calls in their order, latest first. */
  readonly trail: Stretch | null
  readonly otherTexts: readonly string[]
}

/** One content part of the reply, growing while nothing else follows it. */
interface Stretch {
  readonly part: Extract<ContentPart, { type: 'text' | 'reasoning' }> | { readonly callAt: number }
  readonly before: Stretch | null
}

export function startFold(): PartFold {
  return {
    text: '',
    reasoning: '',
    toolCalls: [],
    finishReason: null,
    rawFinishReason: null,
    model: null,
    usage: null,
    trail: null,
    otherTexts: [],
  }
}

/** A reply from parts in their fixed grammar; an `error` leaves what came before it. */
export function foldParts(parts: Iterable<CompletionPart>): Reply {
  let fold = startFold()
  for (const part of parts) fold = foldPart(fold, part)
  return toReply(fold)
}

/**
 * One part more. Costs the same however much came before: text only grows at its end, and what is
 * copied is the short list of calls.
 */
export function foldPart(fold: PartFold, part: CompletionPart): PartFold {
  switch (part.type) {
    case 'start':
      return { ...fold, model: part.model }
    case 'text-delta':
      return { ...fold, text: fold.text + part.text, trail: trailOf(fold.trail, 'text', part) }
    case 'reasoning-delta': {
      const trail = trailOf(fold.trail, 'reasoning', part)
      return { ...fold, reasoning: fold.reasoning + part.text, trail }
    }
    case 'tool-delta':
      return foldToolDelta(fold, part)
    case 'usage':
      return { ...fold, usage: part.usage }
    case 'other-delta':
      return { ...fold, otherTexts: grown(fold.otherTexts, part.choice - 1, part.text) }
    case 'end':
      return { ...fold, finishReason: part.finishReason, rawFinishReason: part.rawFinishReason }
    case 'token':
    case 'error':
      return fold
  }
}

function grown(texts: readonly string[], at: number, text: string): readonly string[] {
  const length = Math.max(texts.length, at + 1)
  return Array.from({ length }, (_, index) => (texts[index] ?? '') + (index === at ? text : ''))
}

interface SpokenDelta {
  readonly text: string
  readonly signature?: string
  readonly isRedacted?: boolean
}

/**
 * Deltas of one kind make one part. The signature of thinking comes after it and ends it
 * (Anthropic); that of a text belongs to the very piece it came with (Gemini).
 */
function trailOf(
  trail: Stretch | null,
  type: 'text' | 'reasoning',
  { text, signature, isRedacted }: SpokenDelta,
): Stretch | null {
  if (text === '' && signature === undefined) return trail
  const marks = { ...signatureOf(signature), ...(isRedacted ? { isRedacted } : {}) }
  const last = trail?.part
  const isAlone = isRedacted || (type === 'text' && signature !== undefined)
  if (!trail || !last || !('type' in last) || last.type !== type || isAlone || last.signature) {
    return { part: { type, text, ...marks }, before: trail }
  }
  return { part: { type, text: last.text + text, ...marks }, before: trail.before }
}

type ToolDelta = Extract<CompletionPart, { type: 'tool-delta' }>

function foldToolDelta(fold: PartFold, delta: ToolDelta): PartFold {
  const known = fold.toolCalls[delta.index]
  const call: ToolCall = {
    id: known?.id ?? delta.id ?? '',
    name: known?.name ?? delta.name ?? '',
    argumentsText: (known?.argumentsText ?? '') + delta.argumentsDelta,
    ...signatureOf(delta.signature ?? known?.signature),
  }
  if (known) return { ...fold, toolCalls: fold.toolCalls.with(delta.index, call) }
  const part = { callAt: fold.toolCalls.length }
  return { ...fold, toolCalls: [...fold.toolCalls, call], trail: { part, before: fold.trail } }
}

function signatureOf(signature: string | undefined): { signature?: string } {
  return signature === undefined ? {} : { signature }
}

/** What the parts so far add up to. */
export function toReply({ usage: _usage, trail, otherTexts, ...said }: PartFold): Reply {
  const content: ContentPart[] = []
  for (let stretch = trail; stretch; stretch = stretch.before) {
    const { part } = stretch
    const call = 'callAt' in part ? said.toolCalls[part.callAt] : undefined
    if ('type' in part) content.push(part)
    else if (call) content.push({ type: 'tool-call', ...call })
  }
  const others = otherTexts.length > 0 ? { otherTexts } : {}
  return { ...said, content: content.toReversed(), ...others }
}
