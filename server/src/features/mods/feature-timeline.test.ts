import { expect, test } from 'vitest'
import { readDescribed, readTimeline } from './feature-timeline.ts'

const whole = { position: 0, token: 12, token_str: 'a', top_features: [{ id: 1, activation: 0.5 }] }

test('a timeline loses entries that are not whole, and features that are not', () => {
  const features = [
    { id: 3, activation: 1, more: true },
    { id: 1.5, activation: 1 },
    { id: 4 },
    { id: 5, activation: '1' },
    null,
  ]
  const broken = [
    null,
    [],
    'text',
    { ...whole, position: -1 },
    { ...whole, position: 0.5 },
    { ...whole, position: '0' },
    { ...whole, token: null },
    { ...whole, token_str: 7 },
    { ...whole, top_features: {} },
    { position: 1, token: 2, token_str: 'b' },
  ]
  expect(
    readTimeline([whole, ...broken, { ...whole, position: 2, top_features: features }]),
  ).toEqual([whole, { ...whole, position: 2, top_features: [{ id: 3, activation: 1 }] }])
})

test('what is no list is an empty timeline', () => {
  expect([undefined, null, {}, 'text'].map(readTimeline)).toEqual([[], [], [], []])
})

test('a described feature needs its description', () => {
  const feature = { id: 1, activation: 2, description: 'owls' }
  expect(readDescribed([feature, { id: 1, activation: 2 }, { ...feature, id: null }, 3])).toEqual([
    feature,
  ])
  expect(readDescribed({})).toEqual([])
})
