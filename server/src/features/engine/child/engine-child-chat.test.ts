import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EngineChildTester, textJob } from '../../../../test/support/engine-child.ts'
import { writeTinyModel } from '../../../../test/support/gguf/tiny-model.ts'
import type { Prompt } from '../engine-protocol.ts'

const chat = (content: unknown = 'hi'): Prompt => ({
  kind: 'chat',
  messages: [{ role: 'user', content }],
  tools: [],
  variables: {},
})

describe('chats of the engine child', () => {
  let folder = ''
  const path = (name: string): string => join(folder, name)

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pharos-child-chat-'))
    await writeTinyModel(path('says.gguf'), { says: ['Hello', ' there', '!'] })
    await writeTinyModel(path('mute.gguf'), { chatTemplate: null })
  })
  afterAll(() => rm(folder, { recursive: true }))

  it("asks in the words of the file's template and ends where the model ends", async () => {
    await using child = await EngineChildTester.ready(path('says.gguf'))
    const said = await child.ask(textJob(chat(), { top: 1, maxTokens: null }))
    expect(said.begun!.prompt!.text).toMatch(/<\|im_start\|>user\n ?hi<\|im_end\|>/u)
    expect(said.text).toBe('Hello there!')
    expect(said.tokens.map(({ text }) => text)).toEqual(['Hello', ' there', '!'])
    expect(said.end).toMatchObject({ reason: 'stop', stoppedBy: null, generatedTokens: 3 })
    const plain = await child.ask(textJob(chat(), { maxTokens: null }))
    expect(plain).toMatchObject({ text: 'Hello there!', end: { generatedTokens: 3 } })
  })

  it('needs a template for chats, and none for texts', async () => {
    await using child = await EngineChildTester.ready(path('mute.gguf'))
    const { refusal } = await child.ask(textJob(chat()))
    expect(refusal).toMatchObject({ status: 400, code: 'chat_template_missing' })
    expect((await child.ask(textJob('hi'))).end?.reason).toBe('length')
  })

  it('takes a template of the plan, whose last word may be a thought', async () => {
    const chatTemplate = '{{ bos_token }}{{ messages[0].content }}<think>\n'
    await using child = await EngineChildTester.ready(path('mute.gguf'), { chatTemplate })
    const said = await child.ask(textJob(chat('what'), { top: 0, maxTokens: 1 }))
    expect(said.begun).toMatchObject({ isThinking: true })
    const { text, tokens } = said.begun!.prompt!
    expect(text).toContain('what<think>')
    expect(tokens.filter((id) => id === 1)).toHaveLength(1)
  })

  it('refuses what the template refuses, and pictures', async () => {
    const chatTemplate = "{{ raise_exception('Only one may speak') }}"
    await using child = await EngineChildTester.ready(path('mute.gguf'), { chatTemplate })
    const { refusal } = await child.ask(textJob(chat()))
    expect(refusal).toMatchObject({ status: 400, code: 'chat_template_error' })
    expect(refusal?.message).toContain('Only one may speak')
    const picture = await child.ask(textJob(chat([{ type: 'image_url' }])))
    expect(picture.refusal).toMatchObject({ status: 400, code: 'unsupported_content' })
  })

  it('ends a template that never ends, and lives on', async () => {
    const numbers =
      '{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}'
    await using child = await EngineChildTester.ready(path('mute.gguf'), { chatTemplate: numbers })
    const { refusal } = await child.ask(textJob(chat()))
    expect(refusal).toMatchObject({ status: 400, code: 'chat_template_error' })
    expect((await child.ask(textJob('hi'))).end?.reason).toBe('length')
  })
})
