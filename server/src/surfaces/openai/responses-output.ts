import type { OutputItem, ResponseEventBody } from '@pharos/contract/openai/responses.ts'
import { readObject } from '../../platform/json.ts'
import { closingEvents, openingEvents } from './responses-item-events.ts'
import { itemId, toItem, type GrowingItem } from './responses-items.ts'

/**
 * The output of a response while it grows. At most one message or stretch of thinking is open, and
 * the next item closes it. A call is closed by the next item once its arguments are a whole object,
 * else at the end, since a provider may go on with an earlier call.
 */
export interface Output {
  readonly spanId: string
  readonly items: readonly GrowingItem[]
  /** Where each call stands among the items, in the order of the calls. */
  readonly callPlaces: readonly number[]
}

export interface OutputStep {
  readonly output: Output
  readonly events: readonly ResponseEventBody[]
}

/** An item that can take more, with what it took to get there. */
export interface Continued<T extends GrowingItem> extends OutputStep {
  readonly item: T
  readonly index: number
}

export function startOutput(spanId: string): Output {
  return { spanId, items: [], callPlaces: [] }
}

/** The items as they stand. */
export function itemsOf({ items, spanId }: Output): OutputItem[] {
  return items.map((item, index) => toItem(item, itemId(spanId, index, item.type)))
}

/** Closes what is open. Where the end came too early, what cannot be whole is `cut`. */
export function endOutput(output: Output, isCut: boolean): OutputStep {
  return closeItems(output, (item) => (isCut && !isWholeCall(item) ? 'cut' : 'whole'))
}

/** The open message or stretch of thinking. */
export function spokenItem({ items }: Output): GrowingItem | undefined {
  return items.findLast(({ type, state }) => state === 'open' && type !== 'function_call')
}

/** The open message or stretch of thinking if it fits, else a new item. */
export function continued<T extends GrowingItem>(
  output: Output,
  fits: (open: GrowingItem) => open is T,
  begun: T,
): Continued<T> {
  const item = spokenItem(output)
  if (!item || !fits(item)) return openItem(output, begun)
  return { output, events: [], item, index: output.items.lastIndexOf(item) }
}

/** A new item; what is before it and need not wait is closed. */
export function openItem<T extends GrowingItem>(output: Output, item: T): Continued<T> {
  const closed = closeItems(output, (other) =>
    other.type !== 'function_call' || isWholeCall(other) ? 'whole' : 'open',
  )
  const { spanId, items } = closed.output
  const index = items.length
  const events = [...closed.events, ...openingEvents(item, { spanId, index })]
  return { output: { ...closed.output, items: [...items, item] }, events, item, index }
}

function closeItems(
  output: Output,
  stateOf: (item: GrowingItem) => GrowingItem['state'],
): OutputStep {
  const events: ResponseEventBody[] = []
  const items = output.items.map((item, index) => {
    const state = item.state === 'open' ? stateOf(item) : 'open'
    if (state === 'open') return item
    const closed = { ...item, state }
    events.push(...closingEvents(closed, { spanId: output.spanId, index }))
    return closed
  })
  return { output: { ...output, items }, events }
}

function isWholeCall(item: GrowingItem): boolean {
  if (item.type !== 'function_call' || !item.argumentsText.trimStart().startsWith('{')) return false
  return readObject(item.argumentsText) !== undefined
}
