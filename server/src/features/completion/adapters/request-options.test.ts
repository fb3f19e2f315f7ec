import { describe, expect, it } from 'vitest'
import type { CompletionOptions, CompletionRequest, Message, ReasoningEffort } from '../request.ts'
import { adapterOf } from './index.ts'

type Kind = Parameters<typeof adapterOf>[0]

const kinds = ['openai', 'openai-compatible', 'anthropic', 'google', 'ollama'] as const
const models: Readonly<Record<Kind, string>> = {
  openai: 'gpt-4.1',
  'openai-compatible': 'llama-3',
  anthropic: 'claude-sonnet-4-6',
  google: 'gemini-2.5-flash',
  ollama: 'llama3.2',
  local: 'user/tiny:Q4_0',
}
const tools = [{ name: 'f', parameters: {} }]

function build(kind: Kind, options: CompletionOptions, given: Partial<CompletionRequest> = {}) {
  const messages: Message[] = [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }]
  const request = { model: models[kind], messages, options, ...given }
  const { body, warnings } = adapterOf(kind).buildRequest(
    request,
    { baseUrl: 'http://h', apiKey: null },
    'whole',
  )
  const lost = warnings.filter(({ isHarmless }) => !isHarmless)
  return { body, lost: lost.map(({ option }) => option), warnings }
}

describe('logprobs', () => {
  it('are asked for where a provider tells them', () => {
    const three = { logprobs: { top: 3 } }
    expect(build('openai', three).body).toMatchObject({ logprobs: true, top_logprobs: 3 })
    expect(build('openai-compatible', three).body).toMatchObject({ top_logprobs: 3 })
    expect(build('ollama', three).body).toMatchObject({ logprobs: true, top_logprobs: 3 })
    expect(build('google', three).body['generationConfig']).toEqual({
      responseLogprobs: true,
      logprobs: 3,
    })
  })

  it('may be those of the tokens alone', () => {
    const none = { logprobs: { top: 0 } }
    expect(build('openai', none).body).toMatchObject({ logprobs: true })
    expect(build('openai', none).body).not.toHaveProperty('top_logprobs')
    expect(build('ollama', none).body).not.toHaveProperty('top_logprobs')
    expect(build('google', none).body['generationConfig']).toEqual({ responseLogprobs: true })
  })

  it('are lost on Claude and on models of OpenAI that reason', () => {
    expect(build('anthropic', { logprobs: { top: 1 } })).toMatchObject({
      lost: ['logprobs'],
      warnings: [{ message: 'Anthropic tells no logprobs' }],
    })
    const { body, lost } = build('openai', { logprobs: { top: 1 } }, { model: 'o3' })
    expect(lost).toEqual(['logprobs'])
    expect(body).not.toHaveProperty('logprobs')
  })
})

describe('calls one at a time', () => {
  const single = { parallelToolCalls: false }

  it('are asked of OpenAI and Anthropic', () => {
    expect(build('openai', single, { tools }).body).toMatchObject({ parallel_tool_calls: false })
    const choice = (options: CompletionOptions) =>
      build('anthropic', options, { tools }).body['tool_choice']
    expect(choice(single)).toEqual({ type: 'auto', disable_parallel_tool_use: true })
    expect(choice({ ...single, toolChoice: { name: 'f' } })).toEqual({
      type: 'tool',
      name: 'f',
      disable_parallel_tool_use: true,
    })
    expect(choice({ ...single, toolChoice: 'none' })).toEqual({ type: 'none' })
    expect(choice({ parallelToolCalls: true })).toBeUndefined()
  })

  it.each(['google', 'ollama'] as const)('cannot be had of %s', (kind) => {
    expect(build(kind, single, { tools }).lost).toEqual(['parallelToolCalls'])
    expect(build(kind, { parallelToolCalls: true }, { tools }).warnings).toEqual([])
  })

  it.each(kinds)('mean nothing without tools: %s', (kind) => {
    const { body, warnings } = build(kind, single)
    expect(JSON.stringify(body)).not.toMatch(/parallel/)
    expect(warnings).toEqual([])
  })
})

describe('a user', () => {
  it('is told to those who want to know', () => {
    expect(build('openai', { user: 'u' }).body).toMatchObject({ user: 'u' })
    expect(build('anthropic', { user: 'u' }).body).toMatchObject({ metadata: { user_id: 'u' } })
  })

  it.each(['google', 'ollama'] as const)('is not missed by %s', (kind) => {
    const { body, lost, warnings } = build(kind, { user: 'somebody' })
    expect(JSON.stringify(body)).not.toContain('somebody')
    expect(lost).toEqual([])
    expect(warnings.map(({ option }) => option)).toEqual(['user'])
  })
})

describe('an effort', () => {
  const sent = (kind: Kind, model: string, effort: ReasoningEffort) => {
    const { body, lost, warnings } = build(kind, { reasoning: { effort } }, { model })
    expect(lost).toEqual([])
    const keys = ['reasoning_effort', 'thinking', 'output_config', 'think', 'generationConfig']
    const found = Object.entries(body).filter(([key]) => keys.includes(key))
    return [Object.fromEntries(found), warnings.length]
  }

  it.each([
    ['o3', 'none', 'low', 1],
    ['gpt-5', 'none', 'minimal', 1],
    ['gpt-5', 'xhigh', 'high', 1],
    ['gpt-5.1', 'none', 'none', 0],
    ['gpt-5.1-codex-max', 'xhigh', 'xhigh', 0],
    ['gpt-5.2', 'max', 'xhigh', 1],
    ['gpt-5.6', 'max', 'max', 0],
    ['gpt-6-mini', 'minimal', 'low', 1],
    ['somebody-elses', 'max', 'max', 0],
  ] as const)('to OpenAI is the nearest it knows: %s, %s', (model, asked, effort, warned) => {
    expect(sent('openai', model, asked)).toEqual([{ reasoning_effort: effort }, warned])
  })

  it('of none is what a model does that does not think', () => {
    expect(sent('openai', 'gpt-4.1', 'none')).toEqual([{}, 0])
    expect(sent('anthropic', 'claude-3-5-haiku-20241022', 'none')).toEqual([{}, 0])
    expect(sent('google', 'gemini-2.0-flash', 'none')).toEqual([{}, 0])
  })

  const adaptive = { type: 'adaptive', display: 'summarized' }

  it.each([
    ['claude-opus-4-6', 'xhigh', { thinking: adaptive, output_config: { effort: 'high' } }, 1],
    ['claude-opus-4-6', 'max', { thinking: adaptive, output_config: { effort: 'max' } }, 0],
    ['claude-opus-4-8', 'xhigh', { thinking: adaptive, output_config: { effort: 'xhigh' } }, 0],
    ['claude-opus-4-8', 'minimal', { thinking: adaptive, output_config: { effort: 'low' } }, 1],
    ['claude-opus-4-8', 'none', { thinking: { type: 'disabled' } }, 0],
    ['claude-opus-5-5', 'none', { thinking: adaptive, output_config: { effort: 'low' } }, 1],
    ['claude-haiku-4-5', 'none', { thinking: { type: 'disabled' } }, 0],
    ['claude-haiku-4-5', 'max', { thinking: { type: 'enabled', budget_tokens: 27_904 } }, 0],
  ] as const)('to Anthropic is the nearest it knows: %s, %s', (model, asked, fields, warned) => {
    expect(sent('anthropic', model, asked)).toEqual([fields, warned])
  })

  it('of none leaves Anthropic its sampling', () => {
    const options = { temperature: 0.5, reasoning: { effort: 'none' } } as const
    expect(build('anthropic', options)).toMatchObject({ body: { temperature: 0.5 }, lost: [] })
  })

  it.each([
    ['gemini-3-pro', 'none', { thinkingLevel: 'low' }, 1],
    ['gemini-3-flash', 'none', { thinkingLevel: 'minimal' }, 1],
    ['gemini-3-flash', 'max', { thinkingLevel: 'high', includeThoughts: true }, 1],
    ['gemini-2.5-flash', 'none', { thinkingBudget: 0 }, 0],
    ['gemini-2.5-pro', 'none', { thinkingBudget: 128 }, 1],
    ['gemini-2.5-pro', 'xhigh', { thinkingBudget: 24_576, includeThoughts: true }, 0],
  ] as const)('to Google is the nearest it knows: %s, %s', (model, asked, fields, warned) => {
    const generationConfig = { thinkingConfig: fields }
    expect(sent('google', model, asked)).toEqual([{ generationConfig }, warned])
  })

  it.each([
    ['qwen3', 'none', false, 0],
    ['qwen3', 'max', true, 1],
    ['gpt-oss:20b', 'none', 'low', 1],
    ['gpt-oss:20b', 'max', 'high', 1],
  ] as const)('to Ollama is the nearest it knows: %s, %s', (model, asked, think, warned) => {
    expect(sent('ollama', model, asked)).toEqual([{ think }, warned])
  })

  it.each([
    [0, 'none'],
    [1024, 'low'],
    [10_000, 'medium'],
    [32_000, 'high'],
  ] as const)('stands for a budget of %d tokens where there is none', (budgetTokens, effort) => {
    const options = { reasoning: { budgetTokens } }
    expect(build('openai', options, { model: 'gpt-5.6' })).toMatchObject({
      body: { reasoning_effort: effort },
      lost: [],
      warnings: [{ option: 'reasoning', isHarmless: true }],
    })
  })
})

describe('what a provider cannot do', () => {
  const image = (url: string): Message => ({
    role: 'user',
    content: [{ type: 'image', image: { kind: 'url', url } }],
  })
  const schema = { type: 'json-schema', name: 's', schema: {} } as const
  const five = ['1', '2', '3', '4', '5', '6']

  it.each<[Kind, string, CompletionOptions, string]>([
    ['openai', 'gpt-4.1', { topK: 1 }, 'OpenAI has no top_k'],
    ['openai', 'o3', { temperature: 0 }, 'o3 takes no temperature'],
    ['openai', 'o3', { frequencyPenalty: 1 }, 'o3 takes no frequency penalty'],
    ['openai', 'o3', { stop: ['a'] }, 'o3 takes no stop sequences'],
    ['openai', 'gpt-4.1', { stop: five }, 'OpenAI takes 4 stop sequences at most'],
    ['openai', 'gpt-4.1', { reasoning: { effort: 'low' } }, 'gpt-4.1 does not think'],
    ['anthropic', 'claude-opus-4-1', { seed: 1 }, 'Anthropic has no seed'],
    ['anthropic', 'claude-opus-4-1', { presencePenalty: 1 }, 'Anthropic has no presence penalty'],
    ['anthropic', 'claude-opus-4-8', { topP: 0.5 }, 'claude-opus-4-8 takes no top_p'],
    ['anthropic', 'claude-opus-4-1', { temperature: 2 }, "Anthropic's temperature ends at 1"],
    [
      'anthropic',
      'claude-opus-4-1',
      { temperature: 0, topP: 0.5 },
      'claude-opus-4-1 takes a temperature or a top_p, not both',
    ],
    [
      'anthropic',
      'claude-opus-4-1',
      { responseFormat: { type: 'json' } },
      'Anthropic has JSON output by schema only',
    ],
    [
      'anthropic',
      'claude-3-haiku',
      { responseFormat: schema },
      'claude-3-haiku has no output by schema',
    ],
    [
      'anthropic',
      'claude-haiku-4-5',
      { maxTokens: 100, reasoning: { effort: 'low' } },
      'A limit of 100 tokens leaves no room for thinking',
    ],
    ['google', 'gemini-2.5-pro', { stop: five }, 'Google takes 5 stop sequences at most'],
    [
      'google',
      'gemini-2.5-pro',
      { presencePenalty: 1 },
      'gemini-2.5-pro takes no presence penalty',
    ],
  ])('is said in words that answer the client: %s, %s, %j', (kind, model, options, message) => {
    expect(build(kind, options, { model }).warnings).toEqual([
      { option: expect.any(String), message },
    ])
  })

  it.each<[Kind, string, Message]>([
    ['ollama', 'Ollama takes images as bytes, not by URL', image('https://h/a.png')],
    ['google', 'This model of Google fetches no image from such a URL', image('ftp://h/a.png')],
    [
      'openai',
      'OpenAI takes no image in a message of assistant',
      { ...image('https://h/a.png'), role: 'assistant' },
    ],
  ])('is an image that would be missed: %s', (kind, message, sent) => {
    expect(build(kind, {}, { messages: [sent] }).warnings).toEqual([
      { option: 'messages', message },
    ])
  })

  it('is a forced tool on a model that thinks, or on Ollama', () => {
    const options = { toolChoice: 'required', reasoning: { effort: 'low' } } as const
    expect(build('anthropic', options, { tools }).lost).toEqual(['toolChoice'])
    expect(build('ollama', { toolChoice: 'required' }, { tools }).lost).toEqual(['toolChoice'])
  })
})

describe('what changes nothing', () => {
  const strict = [{ name: 'f', parameters: {}, isStrict: true }]
  const name = 'a name with spaces'
  const thought: Message = { role: 'assistant', content: [{ type: 'reasoning', text: 'Hm.' }] }

  it.each<[Kind, CompletionOptions, Partial<CompletionRequest>]>([
    ['openai', { responseFormat: { type: 'json-schema', name, schema: {} } }, {}],
    ['openai', { toolChoice: 'required' }, {}],
    ['anthropic', { toolChoice: 'required' }, {}],
    ['google', { toolChoice: 'required' }, {}],
    ['ollama', { toolChoice: 'required' }, {}],
    ['google', {}, { tools: strict }],
    ['ollama', {}, { tools: strict }],
    ['anthropic', {}, { tools: strict, model: 'claude-3-haiku' }],
    ['openai', {}, { messages: [thought] }],
    ['openai-compatible', {}, { messages: [thought] }],
    ['anthropic', {}, { messages: [thought] }],
    ['anthropic', { reasoning: { budgetTokens: 5 } }, { model: 'claude-opus-4-8' }],
    ['anthropic', { reasoning: { budgetTokens: 5 } }, { model: 'claude-haiku-4-5' }],
    ['google', { reasoning: { effort: 'low', budgetTokens: 5 } }, {}],
    ['ollama', { reasoning: { budgetTokens: 5 } }, { model: 'qwen3' }],
  ])('is warned of, but harmless: %s, %j, %j', (kind, options, given) => {
    const { lost, warnings } = build(kind, options, given)
    expect(lost).toEqual([])
    expect(warnings).toHaveLength(1)
  })

  it('is not even warned of where nothing was asked for', () => {
    const neutral = { temperature: 1, topP: 1, frequencyPenalty: 0, presencePenalty: 0 }
    for (const model of ['claude-opus-4-8', 'claude-sonnet-4-5', 'claude-3-haiku']) {
      expect(build('anthropic', neutral, { model }).warnings).toEqual([])
    }
    expect(build('openai', neutral, { model: 'o3' }).warnings).toEqual([])
  })

  it('goes to compatible servers although OpenAI does not know it', () => {
    expect(build('openai-compatible', { topK: 5 })).toMatchObject({
      body: { top_k: 5 },
      warnings: [],
    })
  })
})

describe('what only engines know', () => {
  const options = { minP: 0.05, repeatPenalty: 1.1 }

  it.each(['ollama', 'local'] as const)('is told to %s', (kind) => {
    const { body, lost } = build(kind, options)
    const told = kind === 'ollama' ? body['options'] : body
    expect(told).toMatchObject({ min_p: 0.05, repeat_penalty: 1.1 })
    expect(lost).toEqual([])
  })

  it.each(['openai', 'openai-compatible', 'anthropic', 'google'] as const)(
    'is lost on %s',
    (kind) => {
      const { body, lost } = build(kind, options)
      expect(lost).toEqual(['minP', 'repeatPenalty'])
      expect(JSON.stringify(body)).not.toMatch(/min_?p|repeat/i)
    },
  )
})
