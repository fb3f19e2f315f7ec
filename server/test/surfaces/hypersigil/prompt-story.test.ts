import { createClient } from '@pharos/contract/client.ts'
import { hypersigilRoutes } from '@pharos/contract/hypersigil/routes.ts'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startModelStage, stageModels, type ModelStage } from '../../support/model-stage.ts'
import { isSignedWith, WebhookReceiver } from '../../support/webhook-receiver.ts'

const webhookSignatureKey = 'a key of thirty-two bytes or more'

const question = {
  name: 'capital',
  prompt: 'Name the capital of {{country}}.',
  json_schema_input: {
    type: 'object',
    properties: { country: { type: 'string' } },
    required: ['country'],
  },
  json_schema_response: {
    type: 'object',
    properties: { capital: { type: 'string' } },
    required: ['capital'],
  },
}
const models = [`openai:${stageModels.openai}`, `anthropic:${stageModels.anthropic}`]

describe.each(['sqlite', 'postgres'] as const)('A prompt of a team [%s]', (dialect) => {
  let stage: ModelStage
  let receiver: WebhookReceiver
  beforeAll(async () => {
    receiver = await WebhookReceiver.start()
    stage = await startModelStage({ dialect, settings: { webhookSignatureKey } })
    const reply = (text: string) => ({ type: 'reply', text }) as const
    stage.fakes.openai.always(({ text }) =>
      reply(text.includes('France') ? '{"capital":"Paris"}' : '{"capital":"Rome"}'),
    )
    // It never learns.
    stage.fakes.anthropic.always(reply('Somewhere, I suppose'))
  })
  afterAll(async () => {
    await stage[Symbol.asyncDispose]()
    await receiver[Symbol.asyncDispose]()
  })

  const clientOf = (headers: Readonly<Record<string, string>> = {}) =>
    createClient(hypersigilRoutes, { baseUrl: stage.app.url, headers })

  test('goes from the first draft over test data and comments into use', async () => {
    const team = clientOf()
    const prompt = (await team.createPrompt({ body: question })).body.data
    const group = (
      await team.createTestGroup({ query: {}, body: { name: 'countries', mode: 'json' } })
    ).body.data
    const contents = ['{"country":"France"}', '{"country":"Italy"}']
    await team.addTestItems({
      query: {},
      params: { groupId: group.id },
      body: { items: contents.map((content) => ({ content })) },
    })

    // Over the test data, on two models at once.
    const batch = { promptId: prompt.id, testDataGroupId: group.id, providerModel: models }
    const { executionIds } = (await team.createExecutions({ body: batch })).body.data
    expect(executionIds).toHaveLength(4)
    const ids = executionIds.join(',')
    const ended = await vi.waitFor(async () => {
      const { body } = await team.listExecutions({ query: { ids, limit: '100' } })
      if (typeof body === 'string') throw new Error('it is a table')
      expect(body.data.data.map(({ status }) => status)).toEqual(Array(4).fill('completed'))
      return body.data.data
    })
    const bundles = await team.listExecutionBundles({ query: { prompt_id: prompt.id } })
    expect(bundles.body.data).toMatchObject([
      { test_group_id: group.id, execution_ids: executionIds },
    ])

    // Judged by the schema of the answer.
    const verdicts = ended.map(({ provider, user_input, result_valid, result }) => ({
      provider,
      user_input,
      result_valid,
      capital: result_valid === true ? JSON.parse(result ?? '').capital : null,
    }))
    expect(verdicts).toHaveLength(4)
    expect(verdicts).toEqual(
      expect.arrayContaining([
        { provider: 'openai', user_input: contents[0], result_valid: true, capital: 'Paris' },
        { provider: 'openai', user_input: contents[1], result_valid: true, capital: 'Rome' },
        { provider: 'anthropic', user_input: contents[0], result_valid: false, capital: null },
        { provider: 'anthropic', user_input: contents[1], result_valid: false, capital: null },
      ]),
    )
    const bad = ended.find(({ provider }) => provider === 'anthropic')
    if (bad === undefined) throw new Error('nothing was asked of the other model')

    // Commented, and the comment told to a model that mends prompts.
    const comment = await team.createComment({
      body: {
        text: 'Say that the answer is JSON',
        data: { type: 'execution', selected_text: 'Somewhere', start_offset: 0, end_offset: 9 },
        prompt_id: prompt.id,
        execution_id: bad.id,
      },
    })
    const adjustment = await team.generateAdjustment({
      params: { id: prompt.id },
      body: { commentIds: [comment.body.data.id] },
    })
    const { adjustmentPrompt } = adjustment.body.data
    const [mending = ''] = (
      await team.createExecutions({
        body: {
          promptId: prompt.id,
          promptText: adjustmentPrompt,
          userInput: contents[0],
          providerModel: models.slice(0, 1),
        },
      })
    ).body.data.executionIds
    const mended = await ofExecution(mending)
    expect(stage.fakes.openai.requests.at(-1)?.text).toContain('Say that the answer is JSON')
    await team.updatePrompt({
      params: { id: prompt.id },
      body: { ...question, prompt: 'Name the capital of {{country}} as JSON.' },
    })

    // In use as it was, whatever comes after.
    const hook = await team.createSetting({
      body: { type: 'webhook-destination', data: { name: 'ours', url: `${receiver.url}/ended` } },
    })
    const deployment = await team.createDeployment({
      body: {
        name: 'capital-of',
        promptId: prompt.id,
        promptVersion: 1,
        provider: 'openai',
        model: stageModels.openai,
        webhookDestinationIds: [hook.body.data.id],
      },
    })
    const key = await stage.app.createKey('deployments:run')
    const run = await clientOf({ 'x-api-key': key }).runDeployment({
      params: { name: 'capital-of' },
      query: { wait: '30' },
      body: { userInput: contents[0] ?? '', traceId: 'order 66' },
    })
    const { execution } = run.body.data
    expect(execution).toMatchObject({
      status: 'completed',
      result: '{\n\t"capital": "Paris"\n}',
      result_valid: true,
      prompt_version: 1,
      prompt: { name: 'capital', version: 1 },
      origin: 'api',
      traceId: 'order 66',
      deployment_id: deployment.body.data.id,
    })
    expect(execution?.cost).toBeGreaterThan(0)
    await vi.waitFor(() => expect(receiver.received).toHaveLength(1))
    const [told] = receiver.received
    if (told === undefined || execution === undefined) throw new Error('nobody was told')
    expect(JSON.parse(told.text)).toEqual({
      event: 'webhook.deployment.execution',
      executionId: execution.id,
      status: 'completed',
    })
    expect(isSignedWith(told, webhookSignatureKey)).toBe(true)

    // Each run is a call in a trace that names the version, and the version's runs name their traces.
    await expectLinked(execution, { 'deployment.name': 'capital-of', 'prompt.version': 1 })
    await expectLinked(bad, { 'prompt.version': 1 })
    await expectLinked(mended, { 'prompt.version': 1 })
    const runs = await team.listExecutions({
      query: { promptId: prompt.id, promptVersion: '1', limit: '100' },
    })
    if (typeof runs.body === 'string') throw new Error('it is a table')
    expect(runs.body.data.total).toBe(6)
    expect(runs.body.data.data.every(({ span_id }) => span_id !== undefined)).toBe(true)

    async function ofExecution(id: string) {
      return vi.waitFor(async () => {
        const { body } = await team.getExecution({ params: { id } })
        expect(body.data.status).toBe('completed')
        return body.data
      })
    }

    async function expectLinked(
      { id, span_id = '', trace_id }: Awaited<ReturnType<typeof ofExecution>>,
      more: Readonly<Record<string, unknown>>,
    ) {
      const span = await stage.app.client.getSpan({ params: { span_id } })
      expect(span.body).toMatchObject({
        trace_id,
        attributes: { 'prompt.id': prompt.id, 'execution.id': id, ...more },
      })
    }
  })
})
