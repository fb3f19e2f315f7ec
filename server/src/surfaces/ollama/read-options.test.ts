import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonMap } from '../../features/completion/index.ts'
import { DomainError } from '../../platform/domain-error.ts'
import { optionFieldOf, readOptions } from './read-options.ts'

const read = (options: JsonMap) => readOptions({ options })

describe('options that every provider knows', () => {
  it('are read under the words of the core', () => {
    const { options, nativeOnly } = read({
      temperature: 0.2,
      top_p: 0.9,
      top_k: 40,
      num_predict: 100,
      stop: ['a', 'b'],
      seed: 7,
      frequency_penalty: 0.5,
      presence_penalty: -0.5,
      min_p: 0.05,
      repeat_penalty: 1.1,
    })
    expect(options).toEqual({
      temperature: 0.2,
      topP: 0.9,
      topK: 40,
      maxTokens: 100,
      stop: ['a', 'b'],
      seed: 7,
      frequencyPenalty: 0.5,
      presencePenalty: -0.5,
      minP: 0.05,
      repeatPenalty: 1.1,
    })
    expect(nativeOnly).toEqual([])
  })

  it.each([
    [{ num_predict: -1 }],
    [{ num_predict: -2 }],
    [{ num_predict: 0 }],
    [{ top_k: 0 }],
    [{ seed: -1 }],
    [{ frequency_penalty: 0, presence_penalty: 0 }],
    [{ min_p: 0, repeat_penalty: 1 }],
    [{ min_p: null, repeat_penalty: null }],
    [{ stop: [] }],
    [{ stop: '' }],
    [{ temperature: null, num_predict: null, stop: null }],
  ])('are not there at a value that asks for nothing: %j', (options) => {
    expect(read(options)).toEqual({ options: {}, nativeOnly: [] })
  })

  it('keep a temperature and a seed of 0', () => {
    expect(read({ temperature: 0, seed: 0 }).options).toEqual({ temperature: 0, seed: 0 })
  })

  it('lose the fraction of a whole number and take one stop without a list', () => {
    expect(read({ num_predict: 10.9, stop: 'x' }).options).toEqual({ maxTokens: 10, stop: ['x'] })
  })

  it.each([
    ['temperature', 'hot', 'options.temperature'],
    ['num_predict', '10', 'options.num_predict'],
    ['stop', 5, 'options.stop'],
    ['stop', ['a', 5], 'options.stop[1]'],
    ['stop', ['a', null], 'options.stop[1]'],
  ])('are refused by name when they are no such value: %s', (name, value, param) => {
    const error = thrownBy(() => read({ [name]: value }))
    expect(error).toMatchObject({ code: 'invalid', details: { param } })
  })

  it('are an object or nothing', () => {
    expect(thrownBy(() => readOptions({ options: [] }))).toMatchObject({
      details: { param: 'options' },
    })
    expect(readOptions({}).options).toEqual({})
  })
})

function thrownBy(run: () => unknown): DomainError {
  try {
    run()
  } catch (error) {
    if (error instanceof DomainError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('options that only tune an engine', () => {
  it.each([
    'num_ctx',
    'num_keep',
    'num_batch',
    'num_thread',
    'num_gpu',
    'main_gpu',
    'numa',
    'low_vram',
    'use_mmap',
    'use_mlock',
    'f16_kv',
    'logits_all',
    'vocab_only',
    'embedding_only',
    'mirostat_tau',
    'mirostat_eta',
    'penalize_newline',
  ])('change no word: %s', (name) => {
    expect(read({ [name]: 4 })).toEqual({ options: {}, nativeOnly: [] })
  })
})

describe('options that only an Ollama understands', () => {
  it.each([
    ['typical_p', 0.7],
    ['tfs_z', 0.5],
    ['mirostat', 2],
    ['rope_frequency_base', 10_000],
    ['whatever_comes', true],
  ])('are named: %s', (name, value) => {
    expect(read({ [name]: value }).nativeOnly).toEqual([`options.${name}`])
  })

  it.each([
    ['typical_p', 1],
    ['tfs_z', 1],
    ['mirostat', 0],
    ['mirostat', null],
    ['whatever_comes', false],
  ])('are not named where they are off: %s = %s', (name, value) => {
    expect(read({ [name]: value }).nativeOnly).toEqual([])
  })

  it('are those that say how far back a penalty looks, where there is one', () => {
    expect(read({ repeat_last_n: 64 }).nativeOnly).toEqual([])
    expect(read({ repeat_last_n: 64, presence_penalty: 1 }).nativeOnly).toEqual([
      'options.repeat_last_n',
    ])
    expect(read({ repeat_last_n: 64, repeat_penalty: 1.1 }).nativeOnly).toHaveLength(1)
    expect(read({ repeat_last_n: 64, repeat_penalty: 1 }).nativeOnly).toEqual([])
  })
})

const coreWords = [
  'temperature',
  'top_p',
  'num_predict',
  'seed',
  'top_k',
  'min_p',
  'repeat_penalty',
]

it('No option is lost: each is read, tunes an engine, is off, or is named', () => {
  const known = ['temperature', 'top_p', 'num_ctx', 'mirostat', 'min_p', 'num_predict', 'seed']
  const name = fc.oneof(fc.constantFrom(...known), fc.stringMatching(/^[a-z_]{1,12}$/))
  fc.assert(
    fc.property(fc.dictionary(name, fc.integer({ min: 2, max: 100 })), (given) => {
      const { options, nativeOnly } = read(given)
      for (const one of Object.keys(given)) {
        const isRead = coreWords.includes(one)
        const isTold = nativeOnly.includes(`options.${one}`)
        const isNothing = ['num_ctx', 'repeat_last_n', 'numa'].includes(one)
        expect(Number(isRead) + Number(isTold) + Number(isNothing), one).toBe(1)
      }
      const counted = Object.keys(given).filter((one) => coreWords.includes(one))
      expect(Object.keys(options)).toHaveLength(counted.length)
    }),
  )
})

it('An option of the core is called by the client’s word', () => {
  expect(optionFieldOf('maxTokens')).toBe('options.num_predict')
  expect(optionFieldOf('topK')).toBe('options.top_k')
  expect(optionFieldOf('reasoning')).toBeUndefined()
})
