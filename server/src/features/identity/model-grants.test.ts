import { describe, expect, it } from 'vitest'
import { anonymousCaller, localCaller, type Caller } from './caller.ts'
import { checkModelGrants, mayUseModel, readModelGrants } from './model-grants.ts'

function keyWith(models?: readonly string[]): Caller {
  const given = models === undefined ? {} : { models }
  return { kind: 'apiKey', keyId: 'k', userId: null, subject: null, scopes: new Set(), ...given }
}

describe('the models of a key', () => {
  it.each([
    [['gpt-4o'], 'gpt-4o', true],
    [['gpt-4o'], 'gpt-4o-mini', false],
    [['gpt-4o'], 'GPT-4o', false],
    [['gpt-4o'], 'openai/gpt-4o', false],
    [['openai/*'], 'openai/gpt-4o', true],
    [['openai/*'], 'openai/ft:a/b', true],
    [['openai/*'], 'openai/', false],
    [['openai/*'], 'openai', false],
    [['openai/*'], 'openai2/gpt-4o', false],
    [['openai/*'], 'gpt-4o', false],
    [['a', 'openai/*'], 'openai/x', true],
    [['*'], 'anything/at:all', true],
    [[], 'gpt-4o', false],
  ])('%j reach %s: %s', (grants, name, isReached) => {
    expect(mayUseModel(keyWith(grants), name)).toBe(isReached)
  })

  it('are all models for a key without grants and for every other caller', () => {
    for (const caller of [keyWith(), localCaller(), anonymousCaller()]) {
      expect(mayUseModel(caller, 'openai/gpt-4o')).toBe(true)
    }
  })

  it('are kept once each', () => {
    expect(checkModelGrants(null)).toBeNull()
    expect(checkModelGrants(['a', 'openai/*', 'a', '*', 'user/repo:Q4'])).toEqual([
      'a',
      'openai/*',
      '*',
      'user/repo:Q4',
    ])
  })

  it.each([
    '',
    ' a',
    'gpt-*',
    '*/x',
    'a*b/*',
    '/*',
    '**',
    'a\nb',
    'a\0',
    '\uD800',
    'x'.repeat(301),
  ])('are not %j', (grant) => {
    const error = expect.objectContaining({ code: 'invalid' })
    expect(() => checkModelGrants(['fine', grant])).toThrow(error)
  })

  it('are none where they cannot be read', () => {
    expect(readModelGrants(null)).toBeNull()
    expect(readModelGrants('["a","openai/*"]')).toEqual(['a', 'openai/*'])
    for (const broken of ['', '{}', '"*"', 'null', '["a"', '[]', '[1]']) {
      expect(readModelGrants(broken)).toEqual([])
    }
  })
})
