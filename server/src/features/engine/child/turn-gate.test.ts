import { describe, expect, it } from 'vitest'
import { TurnGate } from './turn-gate.ts'

describe('TurnGate', () => {
  it('holds nobody up who is alone', () => {
    const gate = new TurnGate()
    gate.enter()
    expect(gate.turn()).toBeUndefined()
  })

  it('lets all go when the last one waits', async () => {
    const gate = new TurnGate()
    const gone: string[] = []
    gate.enter()
    gate.enter()
    const first = gate.turn()?.then(() => gone.push('first'))
    await Promise.resolve()
    expect(gone).toEqual([])
    await Promise.all([first, gate.turn()])
    expect(gone).toEqual(['first'])
  })

  it('does not wait for those who leave', async () => {
    const gate = new TurnGate()
    gate.enter()
    gate.enter()
    const turn = gate.turn()
    gate.leave()
    await turn
    expect(gate.turn()).toBeUndefined()
  })
})
