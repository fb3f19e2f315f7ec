import { describe, expect, it, test } from 'vitest'
import { chatOf } from '../../../test/support/engine/fake-engine.ts'
import {
  chat,
  created,
  hello,
  id,
  plan,
  readReply,
  startFixedEngine,
  timings,
  usage,
  type Frame,
} from '../../../test/support/engine/fake-replies.ts'

describe('a chat in one piece', () => {
  it('is as OpenAI writes it, with the figures of the engine', async () => {
    expect(await chat(hello)).toEqual({
      id: `chatcmpl-${id}`,
      object: 'chat.completion',
      created,
      model: 'm',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Hello you', refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage,
      timings,
    })
  })

  it('says so when it was cut', async () => {
    const { choices, usage: used } = await chat(hello, { max_tokens: 2 })
    expect(choices).toMatchObject([{ message: { content: 'Hello' }, finish_reason: 'length' }])
    expect(used).toMatchObject({ completion_tokens: 2 })
  })

  it('tells tokens with as many alternatives as were asked for', async () => {
    const { choices } = await chat({ tokens: ['é', 'b'] }, { logprobs: true, top_logprobs: 2 })
    const e = { token: 'é', logprob: -0.5, bytes: [195, 169] }
    const other = { token: '?', logprob: -1.5, bytes: [63] }
    expect(choices[0].logprobs.content[0]).toEqual({ ...e, top_logprobs: [e, other] })
    expect(choices[0].logprobs).toMatchObject({ content: { length: 2 }, refusal: null })
  })

  it('brings several answers, the question counted once', async () => {
    const { choices, usage: used, timings: timed } = await chat(hello, { n: 3 })
    expect(choices.map((one: { index: number; text: string }) => one.index)).toEqual([0, 1, 2])
    expect(choices[2].message.content).toBe('Hello you')
    expect(used).toMatchObject({ prompt_tokens: 3, completion_tokens: 9, total_tokens: 12 })
    expect(timed).toMatchObject({ predicted_n: 9, predicted_ms: 30 })
  })

  const tools = [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }]
  const called = ['<think>hm</think><tool', '_call>{"name":"f","arguments":{"a":1}}</tool_call>']

  it('holds thinking and calls apart from text', async () => {
    const { choices } = await chat({ tokens: called }, { tools })
    expect(choices).toEqual([
      {
        index: 0,
        message: {
          role: 'assistant',
          content: null,
          refusal: null,
          reasoning_content: 'hm',
          tool_calls: [
            { id: '012345678', type: 'function', function: { name: 'f', arguments: '{"a":1}' } },
          ],
        },
        logprobs: null,
        finish_reason: 'tool_calls',
      },
    ])
  })

  it('looks for no calls where there are no tools', async () => {
    const tokens = ['<tool_call>{"name":"f","arguments":{}}</tool_call>']
    const none = await chat({ tokens }, { tools, tool_choice: 'none' })
    expect(none.choices).toMatchObject([{ message: { content: tokens[0] }, finish_reason: 'stop' }])
  })

  it('reads a call that had to come, and text where it was cut', async () => {
    const tokens = ['{"name":"f",', '"arguments":{}}']
    const whole = await chat({ tokens }, { tools, tool_choice: 'required' })
    expect(whole.choices).toMatchObject([
      { message: { tool_calls: [{ function: { name: 'f' } }] }, finish_reason: 'tool_calls' },
    ])
    const cut = await chat({ tokens }, { tools, tool_choice: 'required', max_tokens: 1 })
    expect(cut.choices).toMatchObject([
      { message: { content: '{"name":"f",' }, finish_reason: 'length' },
    ])
  })

  it('brings one call where several at a time are not wanted', async () => {
    const one = '<tool_call>{"name":"f","arguments":{}}</tool_call>'
    const { choices } = await chat({ tokens: [one, one] }, { tools, parallel_tool_calls: false })
    expect(choices[0].message.tool_calls).toHaveLength(1)
  })

  it('knows thinking that the template began', async () => {
    const { choices } = await chat({ tokens: ['hm\n', '</think>\n\nYes'], isThinking: true })
    expect(choices[0].message).toMatchObject({ content: 'Yes', reasoning_content: 'hm' })
  })
})

describe('a chat as a stream', () => {
  const chunk = (choices: unknown, more: object = {}) => ({
    id: `chatcmpl-${id}`,
    object: 'chat.completion.chunk',
    created,
    model: 'm',
    choices,
    ...more,
  })
  const delta = (said: object, index = 0) => ({
    index,
    delta: said,
    logprobs: null,
    finish_reason: null,
  })
  const role = { role: 'assistant', content: '', refusal: null }
  const last = { index: 0, delta: {}, logprobs: null, finish_reason: 'stop' }

  /** Deltas of text as one, since messages of the child may come together or not. */
  function textOf(frames: readonly Frame[]): string {
    return frames.map((frame) => frame.choices[0]?.delta.content ?? '').join('')
  }

  it('begins with the role and ends with reason and figures', async () => {
    const frames = await chat({ ...hello, tokens: ['Hello'] }, { stream: true })
    const counted = { ...usage, completion_tokens: 1, total_tokens: 4 }
    const timed = { ...timings, predicted_n: 1, predicted_per_second: 100 }
    expect(frames).toEqual([
      chunk([delta(role)]),
      chunk([delta({ content: 'Hello' })]),
      chunk([last], { usage: counted, timings: timed }),
    ])
  })

  it('brings the chunk without choices to who asked for the usage', async () => {
    const more = { stream: true, stream_options: { include_usage: true } }
    const frames = await chat(hello, more)
    expect(textOf(frames)).toBe('Hello you')
    expect(frames.at(-2)).toEqual(chunk([last], { usage, timings }))
    expect(frames.at(-1)).toEqual(chunk([], { usage }))
  })

  it('sends the whole of a call at once', async () => {
    const tools = [{ type: 'function', function: { name: 'f' } }]
    const tokens = ['Well <', 'tool_call>{"name":"f",', '"arguments":{"a":1}}</tool_call>']
    const frames = await chat({ tokens }, { stream: true, tools })
    const call = {
      id: '012345678',
      type: 'function',
      function: { name: 'f', arguments: '{"a":1}' },
    }
    expect(textOf(frames)).toBe('Well')
    expect(frames.at(-2)).toEqual(chunk([delta({ tool_calls: [{ index: 0, ...call }] })]))
    expect(frames.at(-1).choices).toEqual([{ ...last, finish_reason: 'tool_calls' }])
  })

  it('tells thinking in a member of its own', async () => {
    const frames = await chat({ tokens: ['<think>hm</think>Yes'] }, { stream: true })
    expect(frames.slice(0, -1)).toEqual([
      chunk([delta(role)]),
      chunk([delta({ reasoning_content: 'hm' })]),
      chunk([delta({ content: 'Yes' })]),
    ])
  })

  it('tells every token, also where no text comes of it', async () => {
    const tokens = ['<think>', 'hm', '</think>', 'Yes']
    const frames = await chat({ tokens }, { stream: true, logprobs: true })
    const told = frames.flatMap((frame: Frame) => frame.choices[0]?.logprobs?.content ?? [])
    expect(told.map(({ token }: { token: string }) => token)).toEqual(tokens)
    expect(told[0].top_logprobs).toEqual([])
  })

  it('mixes several answers and says the figures once, at the very end', async () => {
    const frames = await chat({ tokens: ['a', 'b'] }, { stream: true, n: 2 })
    for (const index of [0, 1]) {
      const own = frames.filter((frame: Frame) => frame.choices[0]?.index === index)
      expect(own[0].choices[0].delta).toEqual(role)
      expect(own.map((frame: Frame) => frame.choices[0]?.delta.content ?? '').join('')).toBe('ab')
      expect(own.at(-1).choices[0].finish_reason).toBe('stop')
    }
    expect(frames.filter((frame: Frame) => frame.usage !== undefined)).toEqual([frames.at(-1)])
    expect(frames.at(-1).usage).toMatchObject({ prompt_tokens: 3, completion_tokens: 4 })
  })
})

describe('a trace', () => {
  it('notes more than the client sees', async () => {
    await using engine = startFixedEngine()
    const asked = chatOf(hello, { logprobs: true, top_logprobs: 1 })
    const reply = await engine.post(plan, { ...asked, traceTokens: 3 })
    const { choices } = await readReply(reply)
    expect(choices[0].logprobs.content[0].top_logprobs).toHaveLength(1)
    expect(reply.trace!.prompt).toEqual({ text: 'as seen', tokens: [1, 2, 3] })
    expect(reply.trace!.tokens).toHaveLength(3)
    expect(reply.trace!.tokens[0]).toEqual({
      id: 0,
      text: 'Hel',
      logprob: -0.5,
      at: 1000,
      top: [
        { id: 0, text: 'Hel', logprob: -0.5 },
        { id: 10, text: '?', logprob: -1.5 },
        { id: 20, text: '!', logprob: -2.5 },
      ],
    })
  })

  it('is not shown to a client that did not ask, and grows with the stream', async () => {
    await using engine = startFixedEngine()
    const reply = await engine.post(plan, { ...chatOf(hello, { stream: true }), traceTokens: 0 })
    expect(reply.trace!.tokens).toHaveLength(0)
    const frames = await readReply(reply)
    expect(frames.every((frame: Frame) => frame.choices[0]!.logprobs === null)).toBe(true)
    expect(reply.trace!.tokens.map(({ text }) => text)).toEqual(hello.tokens)
  })

  it('is none where nobody asked', async () => {
    await using engine = startFixedEngine()
    const reply = await engine.post(plan, chatOf(hello, { logprobs: true }))
    expect(reply.trace).toBeNull()
  })
})

describe('a refusal', () => {
  const refusal = {
    status: 400,
    code: 'context_length_exceeded',
    message: '100 tokens do not fit into 64',
    param: 'messages',
  } as const

  test.each([false, true])('of the model is a reply with a status (stream: %s)', async (stream) => {
    await using engine = startFixedEngine()
    const reply = await engine.post(plan, chatOf({ refusal }, { stream, n: 2 }))
    expect(reply.status).toBe(400)
    expect(await readReply(reply)).toEqual({
      error: {
        message: refusal.message,
        type: 'invalid_request_error',
        code: 'context_length_exceeded',
        param: 'messages',
      },
    })
    expect((await engine.post(plan, chatOf(hello))).status).toBe(200)
  })

  it('of a body loads nothing', async () => {
    await using engine = startFixedEngine()
    const reply = await engine.post(plan, { path: '/chat/completions', body: '{"messages":' })
    expect(reply.status).toBe(400)
    expect((await readReply(reply)).error.code).toBe('invalid_json')
    expect(engine.loaded()).toEqual([])
  })
})
