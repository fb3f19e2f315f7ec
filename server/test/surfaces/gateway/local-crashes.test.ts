import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sendJson } from '../../support/http-request.ts'
import { endless, localName } from '../../support/local-models.ts'
import { ask, at, chat, dialectCalls, spansOf, type DialectCall } from './stage.ts'
import { OpenReply, openLocalGateway, type LocalGateway } from './local-stage.ts'

/** A word or more of what the model says. */
const someWords: Readonly<Record<string, RegExp>> = {
  'OpenAI chat': /"content":"[^"]+"/,
  'OpenAI completions': /"text":"[^"]+"/,
  'OpenAI responses': /"delta":"[^"]+"/,
  'Anthropic messages': /"text_delta","text":"[^"]+"/,
  'Ollama chat': /"content":"[^"]+"/,
  'Ollama generate': /"response":"[^"]+"/,
}

const limits: Readonly<Record<string, object>> = {
  'Anthropic messages': { max_tokens: 4000 },
}

describe.each(['sqlite', 'postgres'] as const)('A model that runs here [%s]', (dialect) => {
  let stage: LocalGateway
  beforeAll(async () => {
    stage = await openLocalGateway({ endless }, { dialect })
    // One question at a time; the others wait.
    await stage.fileAlias('alone', 'endless', { contextParams: { n_parallel: 1 } })
  })
  afterAll(() => stage[Symbol.asyncDispose]())

  const begin = async (call: DialectCall, model: string): Promise<OpenReply> => {
    const reply = await OpenReply.ask(stage.app.url, call, model, limits[call.dialect])
    expect(reply.status).toBe(200)
    await reply.until(someWords[call.dialect] ?? /./)
    return reply
  }
  const spanOf = async ({ headers }: OpenReply) => {
    const params = { span_id: String(headers.get('x-pharos-span-id')) }
    return (await stage.app.client.getSpan({ params })).body
  }

  it.each(dialectCalls)('dies, and who asked in $dialect hears of it', async (call) => {
    const running = await begin(call, 'alone')
    const waiting = [false, true].map((stream) =>
      ask(stage.app.url, call, { model: 'alone', stream }),
    )
    await expect.poll(() => stage.loaded('endless')?.waiting).toBe(2)
    const { pid = null } = stage.loaded('endless') ?? {}
    if (pid === null) throw new Error('There is no process')
    process.kill(pid, 'SIGKILL')

    const text = await running.rest()
    expect(text).toMatch(/broke off: .*died \(SIGKILL\)/)
    expect(text).not.toContain('[DONE]')
    expect(text).not.toMatch(/event: message_stop|"type":"response.completed"|"done":true/)
    expect(await spanOf(running)).toMatchObject({
      status: 'error',
      error_message: expect.stringMatching(/died \(SIGKILL\)/),
      attributes: {
        'llm.error_kind': 'unusable',
        'llm.completion': expect.stringMatching(/./),
      },
    })
    for (const reply of await Promise.all(waiting)) {
      expect(reply.status).toBe(502)
      expect(reply.text).toMatch(/died \(SIGKILL\)/)
      expect(String(call.errorOf(reply.text))).toMatch(
        /^(?:server_error-engine_crashed|api_error|The engine of .*died \(SIGKILL\))/,
      )
      const [span] = await spansOf(stage, reply)
      expect(span).toMatchObject({
        status: 'error',
        error_message: expect.stringMatching(/API error 502.*died/),
      })
    }

    const value = { ...chat.body('alone'), max_tokens: 1 }
    const next = await sendJson(stage.app.url, { path: chat.path, value })
    expect(next.status).toBe(200)
    expect(at(next.text, 'choices', '0', 'finish_reason')).toBe('length')
    expect(stage.loaded('endless')).toMatchObject({ inFlight: 0, waiting: 0 })
    expect(stage.loaded('endless')?.pid).not.toBe(pid)
  })

  it.each(dialectCalls)('stops when who asked in $dialect leaves', async (call) => {
    const running = await begin(call, `local/${localName('endless')}`)
    const busy = () => stage.app.app.context.engine.loaded().filter(({ inFlight }) => inFlight > 0)
    expect(busy()).toHaveLength(1)
    running.leave()
    await expect.poll(() => busy().length).toBe(0)
    await expect.poll(async () => (await spanOf(running)).end_time).not.toBeNull()
    const { status, attributes } = await spanOf(running)
    expect({ status, kind: attributes['llm.error_kind'] }).toEqual({
      status: 'error',
      kind: 'cancelled',
    })
    expect(attributes['llm.completion']).not.toBe('')
  })

  it('lets so many wait, and tells the others when to come again', async () => {
    const running = await begin(chat, 'alone')
    const queued = Array.from({ length: 64 }, () => OpenReply.ask(stage.app.url, chat, 'alone'))
    await expect.poll(() => stage.loaded('endless')?.waiting).toBe(64)
    for (const call of dialectCalls) {
      const { status, headers, text } = await ask(stage.app.url, call, { model: 'alone' })
      expect(status).toBe(503)
      expect(Number(headers['retry-after'])).toBeGreaterThan(0)
      expect(headers['x-should-retry']).toBe('true')
      expect(String(call.errorOf(text))).toMatch(
        /^(?:server_error-server_not_ready|overloaded_error|The engine is not ready)/,
      )
    }
    const { pid = null } = stage.loaded('endless') ?? {}
    if (pid !== null) process.kill(pid, 'SIGKILL')
    await running.rest()
    const told = await Promise.all(queued)
    expect(told.map(({ status }) => status)).toEqual(Array.from({ length: 64 }, () => 502))
  })

  it('makes room for another target when its process dies before it says a word', async () => {
    await stage.alias('careful', ['alone', 'openai/gpt-4o-mini'])
    const running = await begin(chat, 'alone')
    const waiting = ask(stage.app.url, chat, { model: 'careful' })
    await expect.poll(() => stage.loaded('endless')?.waiting).toBe(1)
    const { pid = null } = stage.loaded('endless') ?? {}
    if (pid !== null) process.kill(pid, 'SIGKILL')
    const reply = await waiting
    expect(reply.status).toBe(200)
    expect(at(reply.text, 'model')).toBe('careful')
    const spans = await spansOf(stage, reply)
    expect(spans.map(({ status }) => status)).toEqual(['ok', 'error'])
    await running.rest()
  })
})
