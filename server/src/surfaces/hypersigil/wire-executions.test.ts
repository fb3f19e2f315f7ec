import { expect, it } from 'vitest'
import { sampleExecution } from '../../../test/support/sample-executions.ts'
import { toExecution } from '../../features/executions/execution.ts'
import { toWireExecution, writeExecutionRows } from './wire-executions.ts'

const viewOf = (overrides: Parameters<typeof sampleExecution>[0] = {}) => {
  const execution = toExecution({ ...sampleExecution(overrides), seq: 1 })
  return { ...execution, prompt: null, promptValue: null }
}

const cellsOf = (text: string) =>
  [...text.matchAll(/"((?:[^"]|"")*)"/gu)].map(([, cell = '']) => cell.replaceAll('""', '"'))

it('Of a row each cell is quoted, whatever it holds', () => {
  const texts = ['plain', 'a "quoted" word', 'two\nlines', 'comma, comma', '']
  for (const result of texts) {
    const text = writeExecutionRows([viewOf({ prompt_text: result, user_input: result, result })])
    const cells = cellsOf(text)
    expect(text).toBe(`\n${cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',')}`)
    expect([cells[3], cells[7], cells[10]]).toEqual([result, result, result])
    expect(cells).toHaveLength(11)
  }
})

it('No cell is a formula, and a number stays one', () => {
  const shown = (result: string) => cellsOf(writeExecutionRows([viewOf({ result })])).at(-1)
  for (const formula of ['=1+1', '+cmd', '-cmd', '@SUM(A1)', '\t=1', '\r=1', '＝1']) {
    expect(shown(formula)).toBe(`'${formula}`)
  }
  expect(shown('-12.5')).toBe('-12.5')
})

it('A duration is never negative, and needs both its ends', () => {
  expect(toWireExecution(viewOf({ started_at: 10, completed_at: 9 })).duration_ms).toBe(0)
  expect(toWireExecution(viewOf({ started_at: 10, completed_at: 11.0004 })).duration_ms).toBe(1000)
  expect(toWireExecution(viewOf({ started_at: null }))).not.toHaveProperty('duration_ms')
})

it('Only what was completed and fits counts as valid', () => {
  const shown = (overrides: Parameters<typeof sampleExecution>[0]) =>
    toWireExecution(viewOf(overrides)).result_valid
  expect(shown({ result_valid: 1 })).toBe(true)
  expect(shown({ result_valid: 0 })).toBe(false)
  expect(shown({ status: 'failed', result_valid: 1 })).toBe(false)
  expect(shown({ status: 'running', result_valid: null })).toBe(false)
})
