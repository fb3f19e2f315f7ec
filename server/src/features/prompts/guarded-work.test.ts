import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { GuardedRoom } from '../../platform/threads/guarded.ts'
import { checkBySchema, compilePrompt } from './compile-prompt.ts'
import { checkContent } from './check-content.ts'
import { planContent } from './plan-prompt.ts'

const bare = { messages: null, schemaInput: null, options: null }

describe('Guarded work', () => {
  let guard: GuardedRoom
  beforeAll(() => {
    guard = new GuardedRoom()
  })
  afterAll(() => guard[Symbol.asyncDispose]())

  it('stops sections that multiply, and compiles the next prompt', async () => {
    const depth = 12
    const prompt = `${'{{#a}}'.repeat(depth)}x${'{{/a}}'.repeat(depth)}`
    const userInput = JSON.stringify({ a: Array.from({ length: 16 }, () => 1) })
    const hung = await compilePrompt({ guard }, { version: { prompt, ...bare }, userInput })
    expect(hung).toMatchObject({ status: 'refused', reason: 'limit' })
    const version = { prompt: '{{#a}}{{.}}{{/a}}', ...bare }
    expect(await compilePrompt({ guard }, { version, userInput: '{"a":[1,2]}' })).toEqual({
      status: 'compiled',
      text: '12',
      messages: null,
    })
  })

  it('stops a text of more than 1 MB', async () => {
    const prompt = '{{#a}}{{{b}}}{{/a}}'
    const userInput = JSON.stringify({
      a: Array.from({ length: 20 }, () => 1),
      b: 'x'.repeat(100_000),
    })
    const compiled = await compilePrompt({ guard }, { version: { prompt, ...bare }, userInput })
    expect(compiled).toMatchObject({
      reason: 'limit',
      message: 'Stopped: the result is larger than 1 MB',
    })
  })

  it('stops a pattern that never ends, and says so in the verdict', async () => {
    const schema = JSON.stringify({ type: 'string', pattern: '^(a+)+$' })
    const data = JSON.stringify(`${'a'.repeat(60)}!`)
    expect(await checkBySchema({ guard }, { schema, data })).toEqual({
      isValid: false,
      message: 'Stopped: it took longer than a second',
      faults: null,
    })
    const fits = { schema: '{"type":"string"}', data: '"x"' }
    expect(await checkBySchema({ guard }, fits)).toEqual({ isValid: true })
  })

  it('says why data cannot be used', async () => {
    const schemaInput = '{"type":"object","required":["topic"]}'
    const version = { ...bare, prompt: '{{topic}}', schemaInput }
    const compile = (userInput: string) => compilePrompt({ guard }, { version, userInput })
    expect(await compile('no')).toMatchObject({ reason: 'not-json', faults: null })
    expect(await compile('{}')).toMatchObject({
      reason: 'input',
      message: "must have required property 'topic'",
      faults: [{ keyword: 'required' }],
    })
    expect(await compile('{"topic":"a"}')).toMatchObject({ status: 'compiled', text: 'a' })
  })

  it('compiles each message and all of them as one text', async () => {
    const messages = [
      { role: 'system', content: 'Be {{how}}' },
      { role: 'user', content: '{{{what}}}' },
    ] as const
    const version = { ...bare, prompt: 'unused', messages, options: { escape: 'none' } as const }
    const userInput = '{"how":"a&b","what":"<x>"}'
    expect(await compilePrompt({ guard }, { version, userInput })).toEqual({
      status: 'compiled',
      text: 'Be a&b\n\n<x>',
      messages: [
        { role: 'system', content: 'Be a&b' },
        { role: 'user', content: '<x>' },
      ],
    })
  })

  it('refuses templates and schemas that could never be used, by their names', async () => {
    const check = (given: Parameters<typeof planContent>[0]) =>
      checkContent({ guard }, planContent(given))
    await expect(check({ name: 'n', prompt: '{{#a}}' })).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringMatching(/^prompt: Unclosed section/),
    })
    const messages = [{ role: 'user', content: '{{x' }] as const
    await expect(check({ name: 'n', messages })).rejects.toThrow(/^messages\.0: Unclosed tag/)
    const schema = { type: 'nothing' }
    await expect(check({ name: 'n', prompt: 'x', schemaInput: schema })).rejects.toThrow(
      /^json_schema_input: schema is invalid/,
    )
    await check({ name: 'n', prompt: '{{x}}', schemaResponse: { type: 'object' } })
  })
})
