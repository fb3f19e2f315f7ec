import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { callerWith } from '../../../../test/support/caller.ts'
import { describeEachDatabase } from '../../../../test/support/database.ts'
import { FakeService } from '../../../../test/support/fake-service.ts'
import { useFourProviders } from '../../../../test/support/four-providers.ts'
import type { ProviderEnvironment } from '../../models/index.ts'
import { attributesOf, getSpan } from '../../traces/index.ts'
import { embed } from './embed.ts'
import type { EmbeddedAnswer } from './embedding-ask.ts'
import { ownEmbeddingAsk, type OwnEmbedding } from './own-embedding.ts'

const never = new AbortController().signal
const reply = readFileSync(new URL('recorded/voyage.json', import.meta.url), 'utf8')
const vectors = [
  [-0.013131560757756233, 0.019828535616397858],
  [-0.0069352793507277966, 0.020878976210951805],
]
const asked: OwnEmbedding = {
  service: 'voyageai',
  model: 'voyage-3.5',
  texts: ['Hi', 'you'],
  requestId: 'req-1',
}

describeEachDatabase('vectors that this server itself wants', (store) => {
  const { fakeOf, contextOf: contextToFour } = useFourProviders(store)
  let voyage: FakeService
  beforeAll(async () => {
    voyage = await FakeService.start()
  })
  afterAll(() => voyage[Symbol.asyncDispose]())

  const contextOf = (apiKey: string | undefined = 'pa-1') => {
    const ctx = contextToFour()
    const providers: ProviderEnvironment = {
      ...ctx.providers,
      apiKeys: { ...ctx.providers.apiKeys, voyageai: apiKey },
      baseUrls: { ...ctx.providers.baseUrls, voyageai: `${voyage.url}/v1` },
    }
    return { ...ctx, providers }
  }
  const embedded = async (question: OwnEmbedding): Promise<EmbeddedAnswer> => {
    const answer = await embed(contextOf(), ownEmbeddingAsk(question), never)
    if (answer.status !== 'embedded') throw new Error(answer.outcome.message)
    return answer
  }

  it('are asked of Voyage in its words, and recorded with their cost', async () => {
    voyage.next({ headers: { 'content-type': 'application/json' }, text: reply })
    const more = { inputType: 'query', idempotencyKey: 'job-1' } as const
    const attributes = { 'deployment.name': 'd' }
    const answer = await embedded({ ...asked, ...more, attributes })
    expect(vectorsOf(answer)).toEqual(vectors)
    expect(voyage.requests.at(-1)).toMatchObject({
      method: 'POST',
      path: '/v1/embeddings',
      headers: { authorization: 'Bearer pa-1', 'idempotency-key': 'job-1' },
      body: { input: ['Hi', 'you'], model: 'voyage-3.5', input_type: 'query' },
    })
    const span = await getSpan(contextOf(), answer.spanId)
    const shown = attributesOf(span)
    expect(span).toMatchObject({ name: 'embeddings voyageai/voyage-3.5', status: 'ok' })
    expect(shown).toMatchObject({
      'deployment.name': 'd',
      'gateway.wire': 'pharos',
      'llm.provider': 'voyageai',
      'llm.model': 'voyage-3.5',
      'llm.tokens.input': 10,
      'llm.embeddings.count': 2,
      'llm.embeddings.dimensions': 2,
      'llm.cost_usd': expect.closeTo((10 * 0.06) / 1e6, 12),
    })
    expect(shown).not.toHaveProperty('gateway.request')
  })

  it('are asked for without a type unless one is given', async () => {
    voyage.next({ text: reply })
    await embedded(asked)
    expect(voyage.requests.at(-1)?.body).toEqual({ input: ['Hi', 'you'], model: 'voyage-3.5' })
  })

  it('may fail with what Voyage says', async () => {
    voyage.next({ status: 400, json: { detail: 'Model voyage-9 is not supported.' } })
    const answer = await embed(contextOf(), ownEmbeddingAsk(asked), never)
    expect(answer).toMatchObject({
      status: 'failed',
      provider: 'voyageai',
      outcome: { failure: { kind: 'status', status: 400 } },
    })
  })

  it('are not to be had without a key', async () => {
    const count = voyage.requests.length
    const ctx = contextOf()
    const apiKeys = { ...ctx.providers.apiKeys, voyageai: undefined }
    const keyless = { ...ctx, providers: { ...ctx.providers, apiKeys } }
    await expect(embed(keyless, ownEmbeddingAsk(asked), never)).rejects.toMatchObject({
      code: 'precondition',
      message: 'Voyage AI has no API key',
      details: { reason: 'no-key', provider: 'voyageai' },
    })
    expect(voyage.requests).toHaveLength(count)
  })

  it('come from models by their names as well', async () => {
    const { service: _service, ...question } = asked
    const model = 'google/gemini-embedding-001'
    const answer = await embedded({ ...question, model, inputType: 'document' })
    expect(answer).toMatchObject({ provider: 'google', model })
    expect(vectorsOf(answer)).toHaveLength(2)
    expect(fakeOf('google').requests.at(-1)?.body).toMatchObject({
      requests: [{ taskType: 'RETRIEVAL_DOCUMENT' }, { taskType: 'RETRIEVAL_DOCUMENT' }],
    })
    const openai = await embedded({ ...question, model: 'openai/text-embedding-3-small' })
    expect(openai).toMatchObject({ provider: 'openai', isNative: false })
  })

  it('need the scope', async () => {
    const ctx = { ...contextOf(), caller: callerWith('completions:run') }
    await expect(embed(ctx, ownEmbeddingAsk(asked), never)).rejects.toMatchObject({
      code: 'forbidden',
    })
  })
})

function vectorsOf({ outcome: { reply } }: EmbeddedAnswer): unknown[] {
  return reply.embeddings.map((place) => {
    const bytes = reply.lists[place]?.bytes ?? []
    return JSON.parse(Buffer.concat([...bytes]).toString())
  })
}
