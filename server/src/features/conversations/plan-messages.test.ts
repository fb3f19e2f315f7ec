import { expect, test } from 'vitest'
import type { GivenMessage, Message } from './conversation.ts'
import { planMessages } from './plan-messages.ts'

const stored: readonly Message[] = [
  { id: 'a', role: 'user', name: null, content: 'Hi', createdAt: 1 },
  { id: 'b', role: 'assistant', name: null, content: 'Hello', createdAt: 2 },
  { id: 'c', role: 'user', name: 'ada', content: null, createdAt: 3 },
]

function given(content: string | null, rest: Partial<GivenMessage> = {}): GivenMessage {
  return { id: null, role: 'user', name: null, content, createdAt: null, ...rest }
}

function plan(before: readonly Message[], list: readonly GivenMessage[]) {
  let made = 0
  return planMessages(before, list, { now: 9, newId: () => `new-${(made += 1)}` })
}

test('messages without ids that begin as before are those of before', () => {
  const list = [given('Hi'), given('Hello', { role: 'assistant' }), given('More')]
  expect(plan(stored, list)).toEqual({
    messages: [
      stored[0],
      stored[1],
      { id: 'new-1', role: 'user', name: null, content: 'More', createdAt: 9 },
    ],
    keptCount: 2,
  })
})

test('a message that names a stored one keeps its time, wherever it stands and whatever it says', () => {
  const list = [given('Hi again', { id: 'c', createdAt: 7 }), given('Hi', { id: 'a' })]
  expect(plan(stored, list)).toEqual({
    messages: [
      { id: 'c', role: 'user', name: null, content: 'Hi again', createdAt: 3 },
      { id: 'a', role: 'user', name: null, content: 'Hi', createdAt: 1 },
    ],
    keptCount: 0,
  })
})

test('an id of one’s own is kept if it fits and is given once', () => {
  const list = ['mine', 'mine', 'not an id', ''].map((id) => given('x', { id, createdAt: 5 }))
  expect(plan([], list).messages.map(({ id, createdAt }) => [id, createdAt])).toEqual([
    ['mine', 5],
    ['new-1', 5],
    ['new-2', 5],
    ['new-3', 5],
  ])
})

test('an id that another message has taken is not given to the one that was it', () => {
  const list = [given('other', { id: 'b' }), given('Hello', { role: 'assistant' })]
  expect(plan(stored, list).messages.map(({ id, createdAt }) => [id, createdAt])).toEqual([
    ['b', 2],
    ['new-1', 9],
  ])
})

test('fewer messages are kept as they are, and the rest is gone', () => {
  expect(plan(stored, [given('Hi')])).toEqual({ messages: [stored[0]], keptCount: 1 })
  expect(plan(stored, [])).toEqual({ messages: [], keptCount: 0 })
})
