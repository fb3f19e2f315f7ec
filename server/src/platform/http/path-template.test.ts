import { describe, expect, it } from 'vitest'
import { namedParams, toPattern, toRouterPath } from './path-template.ts'

const template = '/v1/models/{id}'

describe('A path template', () => {
  it('is told to the router in its own notation', () => {
    expect(toRouterPath('/v1/a:b/{id}/c')).toBe('/v1/a::b/:id/c')
  })

  it('matches one segment for a parameter', () => {
    expect(toPattern(template).test('/v1/models/gpt-4o')).toBe(true)
    expect(toPattern(template).test('/v1/models/a/b')).toBe(false)
    expect(toPattern(template).test('/v1/models/')).toBe(false)
    expect(toPattern(template, true).test('/v1/models/a/')).toBe(true)
  })
})

describe('A path template whose last parameter takes the rest', () => {
  it('is a wildcard to the router, whose value gets its name again', () => {
    expect(toRouterPath('/{kind}/models/{id}', true)).toBe('/:kind/models/*')
    expect(namedParams('/{kind}/models/{id}', { kind: 'k', '*': 'a/b' })).toEqual({
      kind: 'k',
      id: 'a/b',
    })
    expect(namedParams(template, { id: 'a' })).toEqual({ id: 'a' })
  })

  it('matches slashes, but not nothing', () => {
    const pattern = toPattern(template, false, true)
    expect(pattern.test('/v1/models/user/repo:q4')).toBe(true)
    expect(pattern.test('/v1/models/a%2Fb')).toBe(true)
    expect(pattern.test('/v1/models/')).toBe(false)
    expect(pattern.test('/v1/models')).toBe(false)
  })
})
