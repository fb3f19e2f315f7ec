import type { ResponseEventBody, ResponseLogprob } from '@pharos/contract/openai/responses.ts'
import {
  itemId,
  outputText,
  toItem,
  toNewItem,
  type GrowingCall,
  type GrowingItem,
  type GrowingMessage,
  type GrowingReasoning,
} from './responses-items.ts'

type Events = readonly ResponseEventBody[]

/** Where an item stands in the output of a response. */
export interface ItemPlace {
  readonly spanId: string
  readonly index: number
}

/** An item begins. A message has its only content part at once, thinking has one once text comes. */
export function openingEvents(item: GrowingItem, place: ItemPlace): Events {
  const begun = toNewItem(item, itemId(place.spanId, place.index, item.type))
  const added = {
    type: 'response.output_item.added',
    output_index: place.index,
    item: begun,
  } as const
  if (item.type !== 'message') return [added]
  const part = outputText('', [])
  return [added, { type: 'response.content_part.added', ...ofContent(item, place), part }]
}

export function textEvents(
  item: GrowingMessage,
  place: ItemPlace,
  { delta, logprobs }: { delta: string; logprobs: readonly ResponseLogprob[] },
): Events {
  const said = { delta, logprobs: [...logprobs] }
  return [{ type: 'response.output_text.delta', ...ofContent(item, place), ...said }]
}

/** `item` is what was thought before. */
export function thoughtEvents(item: GrowingReasoning, place: ItemPlace, delta: string): Events {
  if (delta === '') return []
  const at = ofSummary(item, place)
  const part = { type: 'summary_text', text: '' } as const
  const isFirst = item.text === ''
  return [
    ...(isFirst ? [{ type: 'response.reasoning_summary_part.added', ...at, part } as const] : []),
    { type: 'response.reasoning_summary_text.delta', ...at, delta },
  ]
}

export function argumentsEvents(item: GrowingCall, place: ItemPlace, delta: string): Events {
  if (delta === '') return []
  return [{ type: 'response.function_call_arguments.delta', ...ofItem(item, place), delta }]
}

/** An item has ended: what is in it as a whole, from the inside out. */
export function closingEvents(item: GrowingItem, place: ItemPlace): Events {
  const done = {
    type: 'response.output_item.done',
    output_index: place.index,
    item: toItem(item, itemId(place.spanId, place.index, item.type)),
  } as const
  return [...contentEvents(item, place), done]
}

function contentEvents(item: GrowingItem, place: ItemPlace): Events {
  switch (item.type) {
    case 'message': {
      const part = outputText(item.text, item.logprobs)
      const at = ofContent(item, place)
      const said = { text: part.text, logprobs: part.logprobs }
      return [
        { type: 'response.output_text.done', ...at, ...said },
        { type: 'response.content_part.done', ...at, part },
      ]
    }
    case 'reasoning': {
      if (item.text === '') return []
      const { text } = item
      const at = ofSummary(item, place)
      return [
        { type: 'response.reasoning_summary_text.done', ...at, text },
        {
          type: 'response.reasoning_summary_part.done',
          ...at,
          part: { type: 'summary_text', text },
        },
      ]
    }
    case 'function_call': {
      const whole = { arguments: item.argumentsText }
      return [{ type: 'response.function_call_arguments.done', ...ofItem(item, place), ...whole }]
    }
  }
}

function ofItem({ type }: GrowingItem, { spanId, index }: ItemPlace) {
  return { item_id: itemId(spanId, index, type), output_index: index }
}

function ofContent(item: GrowingItem, place: ItemPlace) {
  return { ...ofItem(item, place), content_index: 0 }
}

function ofSummary(item: GrowingItem, place: ItemPlace) {
  return { ...ofItem(item, place), summary_index: 0 }
}
