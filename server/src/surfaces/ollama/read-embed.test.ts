import { describe, expect, it } from 'vitest'
import type { JsonMap, JsonValue } from '../../features/completion/index.ts'
import { readEmbed, readEmbeddings } from './read-embed.ts'

const read = (given: JsonMap) => readEmbed({ model: 'm', input: 'Hi', ...given })

describe('a request for vectors', () => {
  it('is for one text or for several', () => {
    expect(read({}).request.input).toEqual({ kind: 'texts', texts: ['Hi'] })
    expect(read({ input: ['Hi', ''] }).request.input).toEqual({ kind: 'texts', texts: ['Hi', ''] })
    const older = readEmbeddings({ model: 'm', prompt: 'Hi' })
    expect(older.request).toEqual({ input: { kind: 'texts', texts: ['Hi'] } })
  })

  it.each<[JsonMap, string]>([
    [{ input: '' }, 'input'],
    [{ input: [] }, 'input'],
    [{ input: null }, 'input'],
    [{ input: 5 }, 'input'],
    [{ input: ['Hi', null] }, 'input[1]'],
    [{ dimensions: '5' }, 'dimensions'],
    [{ options: 5 }, 'options'],
  ])('cannot be read in %j', (given, param) => {
    expect(() => read(given)).toThrow(expect.objectContaining({ details: { param } }))
  })

  it.each<JsonValue>([null, '', 5])('of old is for no prompt %j', (prompt) => {
    const refusal = expect.objectContaining({ details: { param: 'prompt' } })
    expect(() => readEmbeddings({ model: 'm', prompt })).toThrow(refusal)
  })

  it('may say how many dimensions, of which 0 is none', () => {
    expect(read({ dimensions: 5 }).request).toMatchObject({ dimensions: 5 })
    expect(read({ dimensions: 0 }).request).not.toHaveProperty('dimensions')
  })

  it('names what only an Ollama does, and nothing that changes no vector', () => {
    const engine = { keep_alive: '5m', truncate: true, options: { num_ctx: 5, temperature: 0.5 } }
    expect(read(engine).nativeOnly).toEqual([])
    const odd = { options: { mirostat: 2 }, unheard_of: 1, template: '' }
    expect(read(odd).nativeOnly).toEqual(['options.mirostat', 'unheard_of'])
    expect(readEmbeddings({ model: 'm', prompt: 'Hi', input: 'x' }).nativeOnly).toEqual(['input'])
  })
})
