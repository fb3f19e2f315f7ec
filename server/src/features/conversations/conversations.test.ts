import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { contextOf, standingClock } from '../../../test/support/context.ts'
import { callerWith } from '../../../test/support/caller.ts'
import type { Caller } from '../identity/index.ts'
import type { GivenMessage } from './conversation.ts'
import {
  createConversation,
  deleteConversation,
  deleteConversations,
  getConversation,
  listConversations,
  replaceConversation,
  versionOf,
  type ConversationQuery,
} from './index.ts'

const now = 1_700_000_000.123

function userCaller(userId: string = randomUUID()): Caller {
  const scopes = new Set(['conversations:own'] as const)
  return { kind: 'session', sessionId: 's', userId, role: 'user', scopes }
}

function said(content: string | null, rest: Partial<GivenMessage> = {}): GivenMessage {
  return { id: null, role: 'user', name: null, content, createdAt: null, ...rest }
}

const lastChanged: ConversationQuery = {
  sort: 'updated_at',
  order: 'desc',
  search: undefined,
  page: 1,
  pageSize: 30,
}

describeEachDatabase('Conversations', (store) => {
  const clock = standingClock(now)
  const contextFor = (caller = userCaller()) => contextOf(store, clock, caller)
  const titled = (title: string, id: string | null = null) => ({
    id,
    title,
    createdAt: null,
    messages: [],
  })

  it('keeps what was said, in its order, with names, nothing and odd characters', async () => {
    const ctx = contextFor()
    const messages = [
      said('Be brief', { role: 'system' }),
      said(null, { role: 'assistant' }),
      said('', { role: 'tool', name: 'clock' }),
      said('\0 and \ud800', { id: 'odd', createdAt: 5.001 }),
    ]
    const made = await createConversation(ctx, { ...titled('T\0'), createdAt: 4.5, messages })
    const read = await getConversation(ctx, made.id)
    expect(read).toEqual(made)
    expect(read).toMatchObject({ title: 'T\ufffd', createdAt: 4.5, updatedAt: now })
    expect(read.messages.map(({ id: _, ...message }) => message)).toEqual([
      { role: 'system', name: null, content: 'Be brief', createdAt: now },
      { role: 'assistant', name: null, content: null, createdAt: now },
      { role: 'tool', name: 'clock', content: '', createdAt: now },
      { role: 'user', name: null, content: '\ufffd and \ufffd', createdAt: 5.001 },
    ])
  })

  it('refuses an id twice, but not the same id of two people', async () => {
    const ctx = contextFor()
    await createConversation(ctx, titled('Mine', 'one'))
    await expect(createConversation(ctx, titled('Again', 'one'))).rejects.toMatchObject({
      code: 'conflict',
    })
    const other = contextFor()
    await createConversation(other, titled('Theirs', 'one'))
    expect((await getConversation(ctx, 'one')).title).toBe('Mine')
    expect((await getConversation(other, 'one')).title).toBe('Theirs')
  })

  it('lets one of several creations of the same id win', async () => {
    const ctx = contextFor()
    const tries = ['a', 'b', 'c', 'd'].map((title) => createConversation(ctx, titled(title, 'x')))
    const results = await Promise.allSettled(tries)
    const won = results.filter(({ status }) => status === 'fulfilled')
    expect(won.length).toBe(1)
    expect(won).toMatchObject([{ value: { title: (await getConversation(ctx, 'x')).title } }])
  })

  it('replaces the title and the messages and moves the time on, though the clock stands', async () => {
    const ctx = contextFor()
    const messages = [said('Hi'), said('Hello', { role: 'assistant' })]
    const made = await createConversation(ctx, { ...titled('Old'), messages })
    const more = [...messages, said('More')]
    const changed = await replaceConversation(ctx, made.id, { title: 'New', messages: more })
    expect(changed.messages.slice(0, 2)).toEqual(made.messages)
    expect(changed).toMatchObject({ title: 'New', createdAt: now, updatedAt: 1_700_000_000.124 })
    expect(versionOf(changed)).not.toBe(versionOf(made))
    expect(await getConversation(ctx, made.id)).toEqual(changed)
    const fewer = await replaceConversation(ctx, made.id, { title: 'New', messages: [said('Hi')] })
    expect(await getConversation(ctx, made.id)).toEqual(fewer)
    expect(fewer.messages).toEqual(made.messages.slice(0, 1))
  })

  it('lets one of several changes of the same state win', async () => {
    const ctx = contextFor()
    const made = await createConversation(ctx, titled('Start'))
    const isExpected = (version: string) => version === versionOf(made)
    const tries = ['a', 'b', 'c', 'd'].map((title) =>
      replaceConversation(ctx, made.id, { title, messages: [said(title)], isExpected }),
    )
    const results = await Promise.allSettled(tries)
    const lost = results.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
    expect(lost.length).toBe(3)
    expect(lost).toMatchObject(
      Array.from({ length: 3 }, () => ({
        code: 'precondition',
        details: { code: 'precondition_failed' },
      })),
    )
    const kept = await getConversation(ctx, made.id)
    expect(kept.messages.map(({ content }) => content)).toEqual([kept.title])
  })

  it('lists pages in the orders that there are, and finds titles in any case', async () => {
    const ctx = contextFor()
    for (const [index, title] of ['Zebra', 'apple', 'Ölofen', 'Bärlauch_100%'].entries()) {
      clock.now = now + index
      await createConversation(ctx, { ...titled(title), createdAt: 100 - index })
    }
    clock.now = now
    const titles = async (query: Partial<ConversationQuery>) => {
      const { conversations, total } = await listConversations(ctx, { ...lastChanged, ...query })
      return [total, ...conversations.map(({ title }) => title)]
    }
    expect(await titles({})).toEqual([4, 'Bärlauch_100%', 'Ölofen', 'apple', 'Zebra'])
    expect(await titles({ sort: 'created_at' })).toEqual([
      4,
      'Zebra',
      'apple',
      'Ölofen',
      'Bärlauch_100%',
    ])
    expect(await titles({ sort: 'title', order: 'asc', pageSize: 3 })).toEqual([
      4,
      'apple',
      'Bärlauch_100%',
      'Zebra',
    ])
    expect(await titles({ page: 2, pageSize: 3 })).toEqual([4, 'Zebra'])
    expect(await titles({ page: 9 })).toEqual([4])
    expect(await titles({ search: 'ÖLO' })).toEqual([1, 'Ölofen'])
    expect(await titles({ search: '_1' })).toEqual([1, 'Bärlauch_100%'])
    expect(await titles({ search: 'e', page: 2, pageSize: 2 })).toEqual([3, 'Zebra'])
  })

  it('shows nobody what somebody else said, and lets nobody else change it', async () => {
    const ctx = contextFor()
    const { id } = await createConversation(ctx, { ...titled('Mine'), messages: [said('Hi')] })
    const other = contextFor()
    const missing = { code: 'not-found', details: { code: 'item_not_found' } }
    const content = { title: 'Theirs', messages: [] }
    await expect(getConversation(other, id)).rejects.toMatchObject(missing)
    await expect(replaceConversation(other, id, content)).rejects.toMatchObject(missing)
    await expect(deleteConversation(other, id)).rejects.toMatchObject(missing)
    await deleteConversations(other)
    expect((await listConversations(other, lastChanged)).total).toBe(0)
    expect((await getConversation(ctx, id)).messages.length).toBe(1)
  })

  it('shows a person the same with whichever key', async () => {
    const userId = randomUUID()
    const { id } = await createConversation(contextFor(userCaller(userId)), titled('Mine'))
    const scopes = new Set(['conversations:own'] as const)
    const key = { kind: 'apiKey', keyId: 'k', userId, subject: null, scopes } as const
    expect((await getConversation(contextFor(key), id)).title).toBe('Mine')
  })

  it('deletes one with its messages, then all, and notes that without what was said', async () => {
    const userId = randomUUID()
    const ctx = contextFor(userCaller(userId))
    const given = { ...titled('secret title', 'first'), messages: [said('secret text')] }
    const first = await createConversation(ctx, given)
    for (const title of ['b', 'c']) await createConversation(ctx, titled(title))
    await expect(deleteConversation(ctx, 'first', () => false)).rejects.toMatchObject({
      code: 'precondition',
    })
    await deleteConversation(ctx, 'first', (version) => version === versionOf(first))
    await expect(deleteConversation(ctx, 'first')).rejects.toMatchObject({ code: 'not-found' })
    expect((await listConversations(ctx, lastChanged)).total).toBe(2)
    // What is made anew begins without the old messages.
    expect((await createConversation(ctx, titled('Again', 'first'))).messages).toEqual([])
    expect((await getConversation(ctx, 'first')).messages).toEqual([])
    await deleteConversations(ctx)
    await deleteConversations(ctx)
    expect((await listConversations(ctx, lastChanged)).total).toBe(0)
    const noted = await store.db.read((tx) =>
      tx.db
        .selectFrom('audit_log')
        .select(['action', 'target_id', 'changes'])
        .where('actor_id', '=', userId)
        .orderBy('target_id', 'desc')
        .execute(),
    )
    expect(noted).toEqual([
      { action: 'conversation.delete', target_id: 'first', changes: '{}' },
      { action: 'conversation.delete', target_id: '*', changes: '{"count":3}' },
    ])
  })

  describe('have bounds', () => {
    it.each([
      [{ id: 'a b' }, 'id'],
      [{ id: 'a'.repeat(65) }, 'id'],
      [{ id: '\ud800' }, 'id'],
      [{ title: '' }, 'title'],
      [{ title: 'a'.repeat(256) }, 'title'],
      [{ title: '😀'.repeat(256) }, 'title'],
      [{ messages: Array.from({ length: 10_001 }, () => said('')) }, 'messages'],
      [{ messages: [said('ü'.repeat(8 * 1024 * 1024)), said('a')] }, 'messages'],
      [{ messages: [said('', { name: 'a'.repeat(16 * 1024 * 1024 + 1) })] }, 'messages'],
    ])('refuses %# what is beyond', async (change, param) => {
      const given = { ...titled('T'), ...change }
      await expect(createConversation(contextFor(), given)).rejects.toMatchObject({
        code: 'invalid',
        details: { param },
      })
    })

    it('takes what just fits', async () => {
      const ctx = contextFor()
      const messages = Array.from({ length: 10_000 }, () => said('a'.repeat(1600)))
      const made = await createConversation(ctx, {
        ...titled('😀'.repeat(255), 'Az09_-'.padEnd(64, '-')),
        messages,
      })
      expect((await getConversation(ctx, made.id)).messages.length).toBe(10_000)
    })
  })

  it.each([
    ['list', (ctx: Context) => listConversations(ctx, lastChanged)],
    ['read', (ctx: Context) => getConversation(ctx, 'x')],
    ['create', (ctx: Context) => createConversation(ctx, titled('x'))],
    ['replace', (ctx: Context) => replaceConversation(ctx, 'x', { title: 'x', messages: [] })],
    ['delete', (ctx: Context) => deleteConversation(ctx, 'x')],
    ['delete all', (ctx: Context) => deleteConversations(ctx)],
  ])('refuses to %s for a caller without the scope', async (_name, verb) => {
    const ctx = contextFor(callerWith('traces:read', 'tokens:own'))
    await expect(verb(ctx)).rejects.toMatchObject({ code: 'forbidden' })
  })
})

type Context = ReturnType<typeof contextOf>
