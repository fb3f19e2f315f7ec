import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { callerWith } from '../../../test/support/caller.ts'
import { contextOf, standingClock } from '../../../test/support/context.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { GuardedRoom } from '../../platform/threads/guarded.ts'
import { localCaller, type Caller } from '../identity/index.ts'
import type { NewComment } from './comment.ts'
import {
  createComment,
  createPrompt,
  deleteComment,
  generateAdjustment,
  listComments,
} from './index.ts'

function viewer(userId: string = randomUUID()): Caller {
  const scopes = new Set(['prompts:read'] as const)
  return { kind: 'session', sessionId: 's', userId, role: 'viewer', scopes }
}

describeEachDatabase('Comments', (store) => {
  const clock = standingClock()
  let guard: GuardedRoom
  beforeAll(() => {
    guard = new GuardedRoom()
  })
  afterAll(() => guard[Symbol.asyncDispose]())
  const contextFor = (caller: Caller = localCaller()) => ({
    ...contextOf(store, clock, caller),
    guard,
  })
  const said = (text: string, rest: Partial<NewComment> = {}): NewComment => ({
    text,
    place: { kind: 'generic' },
    promptId: null,
    executionId: null,
    ...rest,
  })

  let runs = 0

  async function addRun(status: string, result: string | null): Promise<string> {
    const id = randomUUID()
    const times = { created_at: clock.now, updated_at: clock.now }
    const run = { provider: 'openai', model: 'm', origin: 'app', user_input: '{"x":1}' }
    await store.db.write(async (tx) => {
      await tx.db
        .insertInto('executions')
        .values({ id, seq: ++runs, ...run, status, result, ...times })
        .execute()
    })
    return id
  }

  it('keeps comments of viewers, the newest first', async () => {
    const ctx = contextFor(viewer())
    const promptId = randomUUID()
    const executionId = randomUUID()
    const first = await createComment(ctx, said('One\0', { promptId }))
    clock.now += 1
    const place = { kind: 'execution', selectedText: 'q', startOffset: -1.5, endOffset: 2 } as const
    const second = await createComment(ctx, said('Two', { promptId, executionId, place }))
    expect(first.text).toBe('One\ufffd')
    expect(await listComments(ctx, { promptId })).toEqual([second, first])
    expect(await listComments(ctx, { executionId })).toEqual([second])
  })

  it('lets people delete what they said, and writers anything', async () => {
    const promptId = randomUUID()
    const author = contextFor(viewer())
    const [mine, other] = await Promise.all([
      createComment(author, said('Mine', { promptId })),
      createComment(author, said('Other', { promptId })),
    ])
    await expect(deleteComment(contextFor(viewer()), mine.id)).rejects.toMatchObject({
      code: 'forbidden',
    })
    await deleteComment(author, mine.id)
    await expect(deleteComment(author, mine.id)).rejects.toMatchObject({ code: 'not-found' })
    await deleteComment(contextFor(callerWith('prompts:read', 'prompts:write')), other.id)
    expect(await listComments(author, { promptId })).toEqual([])
  })

  it('puts prompt, runs and comments into one request', async () => {
    const ctx = contextFor()
    const { id: promptId } = await createPrompt(ctx, {
      name: randomUUID(),
      prompt: 'P <b>{{x}}</b>',
    })
    const run = await addRun('completed', 'R & more')
    const place = { kind: 'execution', selectedText: 'more', startOffset: 4, endOffset: 8 } as const
    const generic = await createComment(ctx, said('Shorter', { promptId }))
    const onRun = await createComment(ctx, said('Wrong', { promptId, executionId: run, place }))
    const wish = { commentIds: [generic.id, onRun.id] }
    const { text, originalPrompt, commentCount } = await generateAdjustment(ctx, promptId, wish)
    expect({ originalPrompt, commentCount }).toEqual({
      originalPrompt: 'P <b>{{x}}</b>',
      commentCount: 2,
    })
    expect(text).toContain('<OriginalPrompt>\nP <b>{{x}}</b>\n</OriginalPrompt>')
    expect(text).toContain(
      [
        '<Execution>',
        '<UserInput>\n{"x":1}\n</UserInput>',
        '<Result>\nR & more\n</Result>',
        '<Comment>',
        '<ResultQuote>\nmore\n</ResultQuote>',
        '<ReviewerComment>\nWrong\n</ReviewerComment>',
        '</Comment>',
        '</Execution>',
      ].join('\n'),
    )
    expect(text).toContain('<GenericComment>\nShorter\n</GenericComment>')
    const summary = await generateAdjustment(ctx, promptId, { ...wish, isSummary: true })
    expect(summary.text).not.toBe(text)
    const reader = contextFor(callerWith('prompts:read'))
    await expect(generateAdjustment(reader, promptId, wish)).rejects.toMatchObject({
      code: 'forbidden',
    })
    await generateAdjustment(reader, promptId, { commentIds: [generic.id] })
  })

  it('refuses comments of other prompts, unknown ones, and runs without a result', async () => {
    const ctx = contextFor()
    const { id } = await createPrompt(ctx, { name: randomUUID(), prompt: 'p' })
    const adjust = (...commentIds: string[]) => generateAdjustment(ctx, id, { commentIds })
    await expect(adjust()).rejects.toMatchObject({ code: 'invalid' })
    await expect(adjust(randomUUID())).rejects.toMatchObject({ code: 'not-found' })
    const elsewhere = await createComment(ctx, said('x', { promptId: randomUUID() }))
    await expect(adjust(elsewhere.id)).rejects.toMatchObject({ code: 'invalid' })
    for (const executionId of [await addRun('pending', null), await addRun('completed', '')]) {
      const comment = await createComment(ctx, said('x', { promptId: id, executionId }))
      await expect(adjust(comment.id)).rejects.toThrow('has no result')
    }
    const nobody = generateAdjustment(ctx, randomUUID(), { commentIds: [elsewhere.id] })
    await expect(nobody).rejects.toMatchObject({ code: 'not-found' })
  })

  it('refuses whoever lacks the scope', async () => {
    const ctx = contextFor(callerWith('prompts:preview'))
    const forbidden = { code: 'forbidden' }
    await expect(createComment(ctx, said('x'))).rejects.toMatchObject(forbidden)
    await expect(listComments(ctx, { promptId: 'x' })).rejects.toMatchObject(forbidden)
    await expect(deleteComment(ctx, 'x')).rejects.toMatchObject(forbidden)
    const adjusting = generateAdjustment(ctx, 'x', { commentIds: ['x'] })
    await expect(adjusting).rejects.toMatchObject(forbidden)
  })
})
