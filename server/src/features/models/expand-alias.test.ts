import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { drawsFrom } from './draws.ts'
import { expandAlias, orderByChance } from './expand-alias.ts'
import type { AliasOptions, AliasTarget, ModelAlias } from './model-alias.ts'
import type { RequestDefaults } from './request-defaults.ts'

type Target = Partial<AliasTarget> & { readonly model: string }

function alias(
  name: string,
  targets: readonly Target[],
  { options, ...rest }: { options?: Partial<AliasOptions>; requestParams?: RequestDefaults } = {},
): ModelAlias {
  return {
    id: name,
    name,
    kind: 'router',
    targets: targets.map((target) => ({ isEnabled: true, ...target })),
    requestParams: {},
    options: { strategy: 'fallback', ...options },
    createdBy: null,
    createdAt: 1,
    updatedAt: 1,
    ...rest,
  }
}

function expand(first: ModelAlias, ...others: readonly ModelAlias[]) {
  const aliases = new Map([first, ...others].map((one) => [one.name, one]))
  return expandAlias(first, aliases, drawsFrom(0.5))
}

describe('An alias', () => {
  it('leads to its targets in order, without those that are switched off', () => {
    const leaves = expand(
      alias('a', [{ model: 'x/1' }, { model: 'x/2', isEnabled: false }, { model: 'x/3' }]),
    )
    expect(leaves.map(({ model }) => model)).toEqual(['x/1', 'x/3'])
  })

  it('leads through other aliases, each model once', () => {
    const leaves = expand(
      alias('a', [{ model: 'b' }, { model: 'x/2' }, { model: 'x/3' }]),
      alias('b', [{ model: 'x/1' }, { model: 'x/2' }]),
    )
    expect(leaves.map(({ model }) => model)).toEqual(['x/1', 'x/2', 'x/3'])
  })

  it('lets the outer defaults and limits count before the inner ones', () => {
    const leaves = expand(
      alias('a', [{ model: 'b', timeoutMs: 500 }, { model: 'x/2' }, { model: 'c' }], {
        requestParams: { temperature: 0.1 },
      }),
      alias('b', [{ model: 'x/1', timeoutMs: 900 }], {
        requestParams: { temperature: 0.9, seed: 7 },
      }),
      alias('c', [{ model: 'x/3', timeoutMs: 300 }]),
    )
    expect(leaves).toEqual([
      { model: 'x/1', firstByteMs: 500, defaults: { temperature: 0.1, seed: 7 } },
      { model: 'x/2', defaults: { temperature: 0.1 } },
      { model: 'x/3', firstByteMs: 300, defaults: { temperature: 0.1 } },
    ])
  })

  it('goes through four aliases in a row and no more', () => {
    const chain = ['a', 'b', 'c', 'd'].map((name, index, names) =>
      alias(name, [{ model: names[index + 1] ?? 'x/end' }]),
    )
    const [first, ...others] = chain
    if (!first) throw new Error('there is a first')
    expect(expand(first, ...others).map(({ model }) => model)).toEqual(['x/end'])
    const [circle, back] = [alias('p', [{ model: 'q' }]), alias('q', [{ model: 'p' }])]
    expect(expand(circle, back)).toEqual([])
  })

  it('tries 64 models at most', () => {
    const names = Array.from({ length: 8 }, (_, index) => `inner-${index}`)
    const inner = names.map((name) =>
      alias(
        name,
        Array.from({ length: 16 }, (_, index) => ({ model: `x/${name}-${index}` })),
      ),
    )
    const outer = alias(
      'outer',
      names.map((model) => ({ model })),
    )
    expect(expand(outer, ...inner)).toHaveLength(64)
  })
})

describe('A weighted choice', () => {
  const targets = [{ name: 'a', weight: 3 }, { name: 'b' }, { name: 'c', weight: 4 }]
  const orderAt = (chance: number) => orderByChance(targets, () => chance).map(({ name }) => name)

  it.each([
    [0, 'abc'],
    [0.374, 'abc'],
    [0.376, 'bca'],
    [0.51, 'cab'],
    [0.999, 'cba'],
  ])('at %d takes %s', (chance, order) => {
    const first = orderAt(chance)[0]
    expect(first).toBe(order[0])
  })

  it('is the first of an order in which the others follow', () => {
    expect(orderAt(0.999)).toEqual(['c', 'b', 'a'])
    expect(orderAt(0)).toEqual(['a', 'b', 'c'])
  })

  it('keeps every target, whatever the chance', () => {
    const weights = fc.array(fc.record({ weight: fc.double({ min: 1e-6, max: 1e6, noNaN: true }) }))
    fc.assert(
      fc.property(weights, fc.double({ min: 0, max: 1, maxExcluded: true }), (given, random) => {
        const ordered = orderByChance(given, drawsFrom(random))
        expect(new Set(ordered)).toEqual(new Set(given))
        expect(ordered).toHaveLength(given.length)
      }),
    )
  })

  it('falls by weight over many starts, in the second place too', () => {
    const counts = { a: 0, b: 0, c: 0 }
    const seconds = { a: 0, b: 0 }
    const rounds = 8_000
    for (let round = 0; round < rounds; round += 1) {
      const [first, second] = orderByChance(targets, drawsFrom((round + 0.5) / rounds))
      for (const name of ['a', 'b', 'c'] as const) if (first?.name === name) counts[name] += 1
      if (first?.name !== 'c') continue
      for (const name of ['a', 'b'] as const) if (second?.name === name) seconds[name] += 1
    }
    expect(counts.a / rounds).toBeCloseTo(3 / 8, 1)
    expect(counts.b / rounds).toBeCloseTo(1 / 8, 1)
    expect(counts.c / rounds).toBeCloseTo(4 / 8, 1)
    expect(seconds.a / (seconds.a + seconds.b)).toBeCloseTo(3 / 4, 1)
  })

  it('is the same for the same start', () => {
    const draws = (random: number) => Array.from({ length: 5 }, drawsFrom(random))
    expect(draws(0.3)).toEqual(draws(0.3))
    expect(draws(0.3)).not.toEqual(draws(0.31))
    expect(draws(0).every((draw) => draw >= 0 && draw < 1)).toBe(true)
  })
})
