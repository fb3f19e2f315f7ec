import { describe, expect, it } from 'vitest'
import { BodyBudget } from './body-budget.ts'

const patient = { maxBytes: 100, maxWaitMs: 60_000, maxWaiting: 2 }
const busy = { problem: { kind: 'busy', retryAfterSeconds: 1 } }

describe('a body budget', () => {
  it('lets requests wait in order', async () => {
    const budget = new BodyBudget(patient)
    await budget.take(80)
    const order: string[] = []
    const large = budget.take(60).then(() => order.push('large'))
    const small = budget.take(10).then(() => order.push('small'))
    expect(budget.waitingRequests).toBe(2)
    budget.give(80)
    await Promise.all([large, small])
    expect(order).toEqual(['large', 'small'])
    expect(budget.heldBytes).toBe(70)
  })

  it('does not let a small request pass a large one that waits', async () => {
    const budget = new BodyBudget(patient)
    await budget.take(50)
    const large = budget.take(60)
    const small = budget.take(1)
    expect(budget.heldBytes).toBe(50)
    budget.give(50)
    await Promise.all([large, small])
  })

  it('lets a body under way take more ahead of the queue', async () => {
    const budget = new BodyBudget(patient)
    await budget.take(50)
    const waiting = budget.take(60)
    await budget.takeMore(50)
    expect(budget.heldBytes).toBe(100)
    budget.give(100)
    await waiting
  })

  it('refuses at once what could never fit', async () => {
    const budget = new BodyBudget(patient)
    await expect(budget.take(101)).rejects.toMatchObject(busy)
  })

  it('refuses at once when too many wait', async () => {
    const budget = new BodyBudget(patient)
    await budget.take(100)
    const waiting = [budget.take(1), budget.take(1)]
    await expect(budget.take(1)).rejects.toMatchObject(busy)
    budget.give(100)
    await Promise.all(waiting)
  })

  it('refuses what waited too long and lets those behind it in', async () => {
    const budget = new BodyBudget({ maxBytes: 100, maxWaitMs: 10, maxWaiting: 2 })
    await budget.take(50)
    await expect(budget.take(60)).rejects.toMatchObject(busy)
    expect(budget.waitingRequests).toBe(0)
    await budget.take(50)
    expect(budget.heldBytes).toBe(100)
  })
})
