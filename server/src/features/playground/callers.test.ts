import { scopes, type Scope } from '@pharos/contract/vocabulary.ts'
import { describe, expect, test } from 'vitest'
import { callerWith, ownerCaller } from '../../../test/support/caller.ts'
import { completionContext } from '../../../test/support/completion-context.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import type { Database } from '../../platform/db/database.ts'
import { DomainError } from '../../platform/domain-error.ts'
import { UpstreamError } from '../../platform/upstream/upstream-error.ts'
import type { Upstream } from '../../platform/upstream/upstream.ts'
import type { CompletionContext } from '../completion/index.ts'
import { anonymousCaller, localCaller, type Caller } from '../identity/index.ts'
import { getSpan, isSpansEvent, listTraces } from '../traces/index.ts'
import { DemoRuns } from './demo-runs.ts'
import * as playground from './index.ts'

type Context = CompletionContext & { readonly demoRuns: DemoRuns }

const { signal } = new AbortController()
const messages = [{ role: 'user', text: 'Hello' }] as const
const model = 'ollama/llama3.2'
const turn = { conversationId: null, model, systemPrompt: null, messages }
const models = [model, model]

const running: Readonly<Record<string, (ctx: Context) => Promise<unknown>>> = {
  chat: (ctx) => playground.chat(ctx, turn, signal),
  compareModels: (ctx) =>
    playground.compareModels(ctx, { models, systemPrompt: null, messages }, signal),
  comparePrompts: (ctx) =>
    playground.comparePrompts(ctx, { model, systemPrompt: null, prompts: ['a', 'b'] }, signal),
  runDemo: (ctx) => playground.runDemo(ctx, { scenario: 'trip_planner', model }),
  cancelDemo: (ctx) => playground.cancelDemo(ctx, 'none'),
}

/** A provider that must not be asked, or one that breaks in a way nobody foresaw. */
class LostUpstream implements Upstream {
  asked = 0

  post(): Promise<never> {
    this.asked += 1
    return Promise.reject(new TypeError('a bug'))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve()
  }
}

describeEachDatabase('callers of the playground', (store) => {
  const stage = (caller: Caller = localCaller()) => {
    const upstream = new LostUpstream()
    const ctx = { ...completionContext(store, upstream, { caller }), demoRuns: new DemoRuns() }
    return { ctx, upstream }
  }
  const countTraces = async () => {
    const { ctx } = stage()
    return (await listTraces(ctx, {}, { limit: 1, offset: 0 })).total
  }
  const without = (scope: Scope) => callerWith(...scopes.filter((other) => other !== scope))

  test.each(Object.entries(running))('%s needs the scope completions:run', async (_name, verb) => {
    const before = await countTraces()
    const keyed = stage(without('completions:run'))
    await expect(verb(keyed.ctx)).rejects.toMatchObject({ code: 'forbidden' })
    const nobody = stage(anonymousCaller())
    await expect(verb(nobody.ctx)).rejects.toMatchObject({ code: 'unauthenticated' })
    expect([keyed.upstream.asked, nobody.upstream.asked, await countTraces()]).toEqual([
      0,
      0,
      before,
    ])
  })

  test('listScenarios needs the scope models:read and no other', async () => {
    const refused = playground.listScenarios(stage(without('models:read')).ctx)
    await expect(refused).rejects.toMatchObject({ code: 'forbidden' })
    expect(await playground.listScenarios(stage(callerWith('models:read')).ctx)).toHaveLength(3)
  })

  describe('a conversation', () => {
    test('of somebody else is not added to, and the model not asked', async () => {
      const conversationId = crypto.randomUUID()
      const owner = stage(ownerCaller('me', 'completions:run'))
      await expect(playground.chat(owner.ctx, { ...turn, conversationId }, signal)).rejects.toThrow(
        'a bug',
      )
      const thief = stage(ownerCaller('them', 'completions:run'))
      await expect(
        playground.chat(thief.ctx, { ...turn, conversationId }, signal),
      ).rejects.toMatchObject({ code: 'conflict' })
      expect([owner.upstream.asked, thief.upstream.asked]).toEqual([1, 0])
    })
  })

  const told = (ctx: CompletionContext, from: number) => {
    const spans = store.published
      .slice(from)
      .filter(isSpansEvent)
      .flatMap(({ body }) => body.spanIds)
    return Promise.all([...new Set(spans)].map((spanId) => getSpan(ctx, spanId)))
  }

  test.each([
    ['chat', 2],
    ['compareModels', 3],
    ['comparePrompts', 3],
  ])('%s leaves no span open when something breaks on our side', async (name, count) => {
    const { ctx } = stage()
    const from = store.published.length
    await expect(running[name]?.(ctx)).rejects.toThrow('a bug')
    const spans = await told(ctx, from)
    expect(spans).toHaveLength(count)
    for (const span of spans) {
      expect(span).toMatchObject({ status: 'error', endTime: expect.any(Number) })
      expect(span.errorMessage ?? '').not.toContain('a bug')
    }
  })

  test('chat stops the model when its spans cannot be stored', async () => {
    const { ctx } = stage()
    const full = new DomainError('unavailable', 'The disk is full')
    const { promise: asked, resolve: onAsk } = Promise.withResolvers<void>()
    let stoppedBy: unknown
    const upstream: Upstream = {
      post: ({ signal }) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => {
            stoppedBy = signal.reason
            reject(new UpstreamError({ kind: 'aborted', reason: 'no longer wanted' }, 1))
          })
          onAsk()
        }),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }
    const enqueue = () => asked.then(() => Promise.reject(full))
    const db = { run: ctx.db.run.bind(ctx.db), enqueue } as unknown as Database
    await expect(playground.chat({ ...ctx, db, upstream }, turn, signal)).rejects.toBe(full)
    expect(stoppedBy).toBeDefined()
  })

  test('runDemo leaves no span open when something breaks on our side', async () => {
    const { ctx } = stage()
    const from = store.published.length
    await running['runDemo']?.(ctx)
    await ctx.demoRuns[Symbol.asyncDispose]()
    const [root, call] = await told(ctx, from)
    expect(root).toMatchObject({ status: 'error', errorMessage: 'The demo could not go on' })
    expect(call).toMatchObject({ status: 'error', errorMessage: 'Internal error' })
    expect(ctx.logged).toEqual(['a demo agent could not go on'])
  })

  test('a demo at work is out of reach of other owners', async () => {
    const { ctx } = stage(ownerCaller('me', 'completions:run'))
    const { promise, resolve } = Promise.withResolvers<void>()
    await ctx.demoRuns.start({
      traceId: 'mine',
      ownerKey: 'me',
      begin: () => Promise.resolve(),
      carryOut: () => promise,
    })
    const thief = { ...ctx, caller: ownerCaller('them', 'completions:run') }
    await expect(playground.cancelDemo(thief, 'mine')).rejects.toMatchObject({ code: 'not-found' })
    resolve()
    await expect(playground.cancelDemo(ctx, 'mine')).resolves.toBeUndefined()
  })
})
