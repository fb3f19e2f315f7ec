import { expect, it } from 'vitest'
import { routerHeaders } from './router-headers.ts'

const connection = {
  name: 'lab',
  kind: 'openai',
  label: 'The Lab',
  baseUrl: 'http://127.0.0.1:9',
  apiKey: null,
  isGuarded: false,
} as const

it('tells the target in the words of whoever made the router, else in our own', () => {
  const target = { connection, model: 'small' }
  const told = routerHeaders({ strategy: 'weighted' }, target, 2)
  expect(told).toEqual({
    'x-bodhi-routed-alias': 'lab',
    'x-bodhi-routed-model': 'small',
    'x-bodhi-router-strategy': 'weighted',
    'x-bodhi-router-attempts': '2',
  })
  const said = { alias: 'Das Labor für 🦙', model: 'l-small' }
  expect(routerHeaders({ strategy: 'fallback' }, { ...target, said }, 1)).toMatchObject({
    'x-bodhi-routed-alias': 'Das Labor f%C3%BCr %F0%9F%A6%99',
    'x-bodhi-routed-model': 'l-small',
  })
})

it('tells nothing of names that lead to one model', () => {
  expect(routerHeaders({ strategy: null }, { connection, model: 'small' }, 1)).toEqual({})
})
