import type { OutputItem, OutputText, ResponseLogprob } from '@pharos/contract/openai/responses.ts'
import { sealThinking, type SignedThinking } from './responses-thinking.ts'

/** An item of a response's output while it grows. */
export type GrowingItem = GrowingMessage | GrowingReasoning | GrowingCall

interface Growing {
  /** `cut` when the end of the reply came before its own. */
  readonly state: 'open' | 'whole' | 'cut'
}

export interface GrowingMessage extends Growing {
  readonly type: 'message'
  readonly text: string
  readonly logprobs: readonly ResponseLogprob[]
}

/** One stretch of thinking. */
export interface GrowingReasoning extends Growing, SignedThinking {
  readonly type: 'reasoning'
  readonly text: string
}

export interface GrowingCall extends Growing {
  readonly type: 'function_call'
  readonly callId: string
  readonly name: string
  readonly argumentsText: string
  readonly signature?: string
}

const prefixes = { message: 'msg', reasoning: 'rs', function_call: 'fc' } as const

/** The id of an item, from which it can be found again. */
export function itemId(spanId: string, index: number, type: OutputItem['type']): string {
  return `${prefixes[type]}_${spanId}_${index}`
}

/** The span and the place in its output that an item's id speaks of. */
export function placeOfItem(id: string): { readonly spanId: string } | null {
  const spanId = /^(?:msg|rs|fc)_([\da-z-]+)_\d+$/iu.exec(id)?.[1]
  return spanId === undefined ? null : { spanId }
}

/** The text of a message with the chances of its tokens. */
export function outputText(text: string, logprobs: readonly ResponseLogprob[]): OutputText {
  return { type: 'output_text', text, annotations: [], logprobs: [...logprobs] }
}

const statuses = { open: 'in_progress', whole: 'completed', cut: 'incomplete' } as const

/** An item as it stands. */
export function toItem(item: GrowingItem, id: string): OutputItem {
  const status = statuses[item.state]
  switch (item.type) {
    case 'message': {
      const content = [outputText(item.text, item.logprobs)]
      return { id, type: 'message', status, role: 'assistant', content }
    }
    case 'reasoning': {
      const summary = item.text === '' ? [] : [{ type: 'summary_text' as const, text: item.text }]
      return { id, type: 'reasoning', status, summary, encrypted_content: sealThinking(item) }
    }
    case 'function_call': {
      const called = { call_id: item.callId, name: item.name, arguments: item.argumentsText }
      return { id, type: 'function_call', status, ...called, ...extraOf(item) }
    }
  }
}

/** An item of which nothing has come yet. */
export function toNewItem(item: GrowingItem, id: string): OutputItem {
  const begun = toItem(item, id)
  switch (begun.type) {
    case 'message':
      return { ...begun, content: [] }
    case 'reasoning':
      return { ...begun, summary: [] }
    case 'function_call':
      return { ...begun, arguments: '' }
  }
}

/** Google's own place for a thought signature in OpenAI's form. */
function extraOf({ signature }: GrowingCall): object {
  if (signature === undefined) return {}
  return { extra_content: { google: { thought_signature: signature } } }
}
