import { afterAll, beforeAll, expect, it } from 'vitest'
import { callerWith, ownerCaller } from '../../../test/support/caller.ts'
import { completionContext } from '../../../test/support/completion-context.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { sampleSpan } from '../../../test/support/sample-span.ts'
import { openUpstream } from '../../platform/upstream/open-upstream.ts'
import type { Upstream } from '../../platform/upstream/upstream.ts'
import { lendScope, localCaller, type Caller } from '../identity/index.ts'
import { ingestSpans } from '../traces/index.ts'
import { toChatMessages } from './chat-messages.ts'
import { foldParts } from './fold-parts.ts'
import type { CompletionPart } from './part.ts'
import { findStoredResponse, keepForLater, replyForLater } from './previous-response.ts'
import type { Message } from './request.ts'

const says = (role: 'system' | 'user' | 'assistant', text: string): Message => {
  return { role, content: [{ type: 'text', text }] }
}
const instructions = says('system', 'Be brief.')
const conversation = [says('user', 'One'), says('assistant', 'Two'), says('user', 'Three')]
const end = { type: 'end', finishReason: 'stop', rawFinishReason: 'end_turn' } as const
const wire = 'openai-responses'

interface Given {
  readonly caller?: Caller
  readonly parts?: readonly CompletionPart[]
  readonly attributes?: Readonly<Record<string, unknown>>
  readonly isStored?: boolean
}

describeEachDatabase('a stored response', (store) => {
  let upstream: Upstream
  beforeAll(() => {
    upstream = openUpstream()
  })
  afterAll(() => upstream[Symbol.asyncDispose]())

  const contextOf = (caller: Caller) => completionContext(store, upstream, { caller })

  /** The span of a response as it is recorded. */
  const record = async ({ caller = localCaller(), parts = [], ...given }: Given = {}) => {
    const reply = foldParts([{ type: 'text-delta', text: 'Four' }, ...parts, end])
    const identity = caller.kind === 'apiKey' ? (caller.subject ?? '') : caller.kind
    const span = sampleSpan({
      status: 'ok',
      endTime: 1_790_000_001,
      attributes: {
        'gateway.wire': wire,
        'gateway.caller': identity,
        'gateway.request': '{"model":"m","input":"Three"}',
        'llm.prompt': JSON.stringify(toChatMessages([instructions, ...conversation])),
        'llm.completion': reply.text,
        'llm.tokens.input': 10,
        'llm.tokens.output': 2,
        ...keepForLater(conversation, given.isStored ?? true),
        ...replyForLater({ wire }, reply),
        ...given.attributes,
      },
    })
    const ctx = contextOf(lendScope(caller, 'traces:write'))
    await ingestSpans(ctx, [span], span.attributesJson.length)
    return { spanId: span.spanId, reply }
  }
  const find = (spanId: string, caller: Caller = localCaller()) => {
    return findStoredResponse(contextOf(caller), spanId)
  }

  it('holds what was said before and the reply, without the instructions', async () => {
    const { spanId } = await record()
    expect(await find(spanId)).toMatchObject({
      spanId,
      body: { model: 'm', input: 'Three' },
      conversation,
      reply: [{ type: 'text', text: 'Four' }],
      finishReason: 'stop',
      usage: { inputTokens: 10, outputTokens: 2, cacheReadTokens: null },
      errorMessage: null,
      endedAt: 1_790_000_001,
    })
  })

  it('keeps the order, signatures and calls of a reply', async () => {
    const { spanId, reply } = await record({
      parts: [
        { type: 'reasoning-delta', text: 'Hm.', signature: 's1' },
        { type: 'reasoning-delta', text: '', signature: 's2', isRedacted: true },
        { type: 'tool-delta', index: 0, id: 'c', name: 'f', argumentsDelta: '{"a":1}' },
        { type: 'text-delta', text: 'Five', signature: 's3' },
        { type: 'tool-delta', index: 1, id: 'd', name: 'g', argumentsDelta: '', signature: 's4' },
      ],
    })
    expect(reply.content).toHaveLength(6)
    expect((await find(spanId))?.reply).toEqual(reply.content)
  })

  it('is not found when it was not to be stored', async () => {
    const { spanId } = await record({ isStored: false })
    expect(await find(spanId)).toBeUndefined()
  })

  it('is not found by another caller, or one that reaches other traces only', async () => {
    const { spanId } = await record({ caller: ownerCaller('theirs') })
    expect(await find(spanId, ownerCaller('theirs', 'completions:run'))).toBeDefined()
    expect(await find(spanId)).toBeUndefined()
    expect(await find(spanId, ownerCaller('mine', 'completions:run'))).toBeUndefined()
  })

  it('is not found in the call of another dialect, or before it has ended', async () => {
    const other = await record({ attributes: { 'gateway.wire': 'openai-chat' } })
    expect(await find(other.spanId)).toBeUndefined()
    const open = sampleSpan({ endTime: null, attributes: { 'gateway.wire': wire } })
    await ingestSpans(contextOf(localCaller()), [open], open.attributesJson.length)
    expect(await find(open.spanId)).toBeUndefined()
    expect(await find('nowhere')).toBeUndefined()
  })

  it('needs the power to run completions', async () => {
    const { spanId } = await record()
    const refused = find(spanId, callerWith('traces:read'))
    await expect(refused).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('bears attributes that are no JSON', async () => {
    const broken = { 'llm.prompt': '[', 'gateway.request': '{', 'gateway.response.reply': '{' }
    const { spanId } = await record({ attributes: broken })
    expect(await find(spanId)).toMatchObject({
      body: {},
      conversation: [],
      reply: [{ type: 'text', text: 'Four' }],
    })
  })
})
