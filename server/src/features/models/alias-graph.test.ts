import { describe, expect, it } from 'vitest'
import { faultOfAliases } from './alias-graph.ts'

const node = (name: string, ...models: readonly string[]) => ({
  name,
  targets: models.map((model) => ({ model, isEnabled: true })),
})

describe('Aliases that lead to one another', () => {
  it('are in order while none leads back and four stand in a row', () => {
    const row = [node('a', 'b', 'x/1'), node('b', 'c'), node('c', 'd', 'x/2'), node('d', 'x/3')]
    expect(faultOfAliases(row)).toBeUndefined()
    expect(faultOfAliases(row.toReversed())).toBeUndefined()
    expect(faultOfAliases([])).toBeUndefined()
  })

  it('may meet again below', () => {
    expect(
      faultOfAliases([node('a', 'b', 'c'), node('b', 'd'), node('c', 'd'), node('d', 'x/1')]),
    ).toBeUndefined()
  })

  it.each([
    ['itself', [node('a', 'x/1', 'a')], 'a → a'],
    ['another', [node('a', 'b'), node('b', 'a')], 'a → b → a'],
    ['what is below', [node('top', 'b'), node('b', 'c'), node('c', 'b')], 'b → c → b'],
  ])('may not lead back: %s', (_, aliases, cycle) => {
    expect(faultOfAliases(aliases)).toEqual({
      message: `The alias leads back to itself: ${cycle}`,
      code: 'model_router_error-self_reference',
    })
  })

  it('may not stand five in a row, wherever the last one was added', () => {
    const row = [node('a', 'b'), node('b', 'c'), node('c', 'd'), node('d', 'e'), node('e', 'x/1')]
    const fault = {
      message: 'From a more than 4 aliases stand in a row',
      code: 'model_router_error-nested_router_not_allowed',
    }
    expect(faultOfAliases(row)).toEqual(fault)
    expect(faultOfAliases(row.toReversed())).toEqual(fault)
  })
})
