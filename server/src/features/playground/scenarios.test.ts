import { describe, expect, test } from 'vitest'
import { findScenario, scenarios } from './scenarios.ts'
import { simulateTool } from './simulated-tools.ts'

type Fields = Readonly<Record<string, unknown>>

describe('The demo scenarios', () => {
  test('are the three of the contract, in its order (§7.1)', () => {
    expect(scenarios.map(({ key, name, provider, model }) => [key, name, provider, model])).toEqual(
      [
        ['research_assistant', 'Research Assistant', 'openai', 'gpt-4o-mini'],
        ['code_reviewer', 'Code Reviewer', 'anthropic', 'claude-haiku-4-5-20251001'],
        ['trip_planner', 'Trip Planner', 'openai', 'gpt-4o-mini'],
      ],
    )
    expect(findScenario('Trip Planner')).toBeUndefined()
  })

  test('give the model tools whose parameters are all texts (§7.1)', () => {
    const tools = scenarios.flatMap((scenario) => scenario.tools)
    const shapes = tools.map(({ name, parameters }) => {
      const { properties, required } = parameters
      const types = Object.values(properties as Fields).map((one) => (one as Fields)['type'])
      expect(new Set(types)).toEqual(new Set(['string']))
      return [name, Object.keys(properties as Fields), required]
    })
    expect(shapes).toEqual([
      ['web_search', ['query'], ['query']],
      ['run_linter', ['code'], ['code']],
      ['search_flights', ['from_city', 'to_city', 'dates'], ['from_city', 'to_city', 'dates']],
      ['search_hotels', ['city', 'dates', 'budget'], ['city', 'dates']],
    ])
  })

  test('tell the model to use each of its tools', () => {
    for (const { systemPrompt, tools } of scenarios) {
      for (const { name } of tools) expect(systemPrompt).toContain(name)
    }
  })

  test('let the reviewer see what the linter complains of, line by line', () => {
    const lines = findScenario('code_reviewer')?.userMessage.split('```python\n')[1]?.split('\n')
    expect(lines?.[7 - 1]).toContain('totl')
    expect(lines?.[3 - 1]).toContain('count')
    expect(lines?.[12 - 1]).toBe('scores')
  })
})

describe('The simulated tools', () => {
  const resultOf = (name: string): unknown => JSON.parse(simulateTool(name))

  test('answer pretty-printed JSON, also for a tool that does not exist (§7.3)', () => {
    for (const name of ['web_search', 'run_linter', 'search_flights', 'search_hotels', 'oracle']) {
      expect(simulateTool(name)).toBe(JSON.stringify(resultOf(name), null, 2))
    }
    expect(resultOf('oracle')).toEqual({ result: 'Simulated result for oracle' })
    expect(resultOf('constructor')).toEqual({ result: 'Simulated result for constructor' })
  })

  test('find two pages, three flights and three hotels, with the keys of the contract (§7.3)', () => {
    const rows = (name: string) => resultOf(name) as readonly Fields[]
    const keys = (name: string) => rows(name).map((row) => Object.keys(row).join(' '))
    expect(keys('web_search')).toEqual(Array(2).fill('title url snippet'))
    expect(keys('search_flights')).toEqual(
      Array(3).fill('airline flight departure arrival duration price_usd class'),
    )
    expect(keys('search_hotels')).toEqual(
      Array(3).fill('name location rating price_per_night_usd amenities'),
    )
    const fares = rows('search_flights').map((row) => Number(row['price_usd']))
    expect([Math.min(...fares), Math.max(...fares)]).toEqual([780, 920])
    const nights = rows('search_hotels').map((row) => Number(row['price_per_night_usd']))
    expect([Math.min(...nights), Math.max(...nights)]).toEqual([120, 195])
  })

  test('find three things to say of the code (§7.3)', () => {
    const { warnings } = resultOf('run_linter') as { readonly warnings: readonly Fields[] }
    expect(warnings.map(({ line, severity, code }) => [line, severity, code])).toEqual([
      [7, 'error', 'E0602'],
      [3, 'warning', 'W0612'],
      [12, 'warning', 'W0104'],
    ])
  })
})
