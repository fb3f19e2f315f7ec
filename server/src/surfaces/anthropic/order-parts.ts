import type { CompletionPart } from '../../features/completion/index.ts'

type ToolDelta = Extract<CompletionPart, { type: 'tool-delta' }>

/** The call whose pieces are coming, and what came in between and waits for its end. */
export interface PartOrder {
  readonly open: OpenCall | null
  readonly waiting: readonly CompletionPart[]
}

interface OpenCall {
  readonly index: number
  readonly argumentsText: string
  /** Whether the arguments are complete; null as long as nobody needed to know. */
  readonly isWhole: boolean | null
}

export interface Ordered {
  readonly order: PartOrder
  readonly parts: readonly CompletionPart[]
}

export const startOrder: PartOrder = { open: null, waiting: [] }

/**
 * Parts in an order in which the pieces of each call stand together: blocks of this dialect follow
 * one another, while a provider may go on with one call after it began the next. What comes while
 * the arguments of a call are no whole JSON yet waits until they are, or until the end. A stream
 * whose calls come one by one is not held up.
 */
export function orderPart(order: PartOrder, part: CompletionPart): Ordered {
  switch (part.type) {
    case 'text-delta':
    case 'reasoning-delta':
      return beside(order, part)
    case 'tool-delta':
      return order.open?.index === part.index ? grown(order, order.open, part) : beside(order, part)
    case 'end':
    case 'error':
      return { order: startOrder, parts: [...gathered(order.waiting), part] }
    case 'start':
    case 'usage':
    case 'token':
    case 'other-delta':
      return { order, parts: [part] }
  }
}

function beside({ open, waiting }: PartOrder, part: CompletionPart): Ordered {
  const settled = open && open.isWhole === null ? { ...open, isWhole: isWhole(open) } : open
  if (settled && !settled.isWhole) {
    return { order: { open: settled, waiting: [...waiting, part] }, parts: [] }
  }
  const next = part.type === 'tool-delta' ? begun(part) : null
  return { order: { open: next, waiting: [] }, parts: [part] }
}

function begun({ index, argumentsDelta }: ToolDelta): OpenCall {
  return { index, argumentsText: argumentsDelta, isWhole: null }
}

function grown({ waiting }: PartOrder, open: OpenCall, part: ToolDelta): Ordered {
  const grownCall = {
    ...open,
    argumentsText: open.argumentsText + part.argumentsDelta,
    isWhole: null,
  }
  if (waiting.length === 0 || !isWhole(grownCall)) {
    return { order: { open: grownCall, waiting }, parts: [part] }
  }
  let order: PartOrder = { open: { ...grownCall, isWhole: true }, waiting: [] }
  const parts: CompletionPart[] = [part]
  for (const late of waiting) {
    const ordered = orderPart(order, late)
    order = ordered.order
    parts.push(...ordered.parts)
  }
  return { order, parts }
}

function isWhole({ argumentsText }: OpenCall): boolean {
  try {
    JSON.parse(argumentsText)
    return true
  } catch {
    return false
  }
}

/** The pieces of each call at the place of its first. */
function gathered(parts: readonly CompletionPart[]): readonly CompletionPart[] {
  const calls = new Map<number, ToolDelta[]>()
  const groups: (readonly CompletionPart[])[] = []
  for (const part of parts) {
    const known = part.type === 'tool-delta' ? calls.get(part.index) : undefined
    if (part.type !== 'tool-delta') groups.push([part])
    else if (known) known.push(part)
    else {
      const group = [part]
      calls.set(part.index, group)
      groups.push(group)
    }
  }
  return groups.flat()
}
