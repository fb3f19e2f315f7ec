import { describe, expect, it, test } from 'vitest'
import { workedTimeline } from '../../../test/support/fake-hf.ts'
import {
  activationsIn,
  countFeatures,
  firstActivations,
  strengthsOf,
  strongest,
  type ActivationFilter,
} from './timeline.ts'

function top(timeline: unknown, count: number) {
  return strongest(strengthsOf(activationsIn(timeline)), count).map(
    ({ featureId, max, hits }) => [featureId, max, hits] as const,
  )
}

describe('the activations of the worked timeline', () => {
  test.each<[string, ActivationFilter, number, number]>([
    ['all of it', {}, 500, 7],
    ['one feature', { featureId: 10 }, 500, 2],
    ['one position', { from: 1, to: 1 }, 500, 2],
    ['the strongest of each position', { maxRank: 1 }, 500, 3],
    ['the first three', {}, 3, 3],
    ['several bounds at once', { featureId: 20, from: 0, to: 2, maxRank: 5 }, 500, 2],
  ])('%s', (_, filter, limit, count) => {
    expect(firstActivations(workedTimeline, filter, limit).length).toBe(count)
  })

  it('begin with the first feature of the first position', () => {
    expect(firstActivations(workedTimeline, {}, 1)).toEqual([
      { position: 0, tokenId: 100, featureId: 10, value: 3.5, rank: 1 },
    ])
  })

  it('keep the rank that a feature had before narrowing', () => {
    const found = firstActivations(workedTimeline, { featureId: 20 }, 500)
    expect(found.map(({ rank }) => rank)).toEqual([2, 1])
  })

  it('count each feature once', () => {
    expect(countFeatures(workedTimeline)).toBe(5)
  })
})

describe('the strongest features', () => {
  it('come by their greatest activation', () => {
    expect(top(workedTimeline, 10)).toEqual([
      [20, 5, 2],
      [10, 4, 2],
      [40, 2.8, 1],
      [30, 1, 1],
      [50, 0.5, 1],
    ])
    expect(top(workedTimeline, 2).map(([id]) => id)).toEqual([20, 10])
  })

  it('with equal activation come by hits, then by id', () => {
    const features = (...ids: number[]) => ({
      position: 0,
      token: 1,
      top_features: ids.map((id) => ({ id, activation: 2 })),
    })
    expect(top([features(9, 7, 8), features(8)], 10)).toEqual([
      [8, 2, 2],
      [7, 2, 1],
      [9, 2, 1],
    ])
  })

  it('that only ever fired below zero show zero', () => {
    const timeline = [{ position: 0, token: 1, top_features: [{ id: 4, activation: -3 }] }]
    expect(top(timeline, 10)).toEqual([[4, 0, 1]])
  })
})

describe('a timeline that is not what it should be', () => {
  test.each([null, 'text', 7, {}, { top_features: [] }])('%j has no activations', (timeline) => {
    expect(firstActivations(timeline, {}, 500)).toEqual([])
    expect(countFeatures(timeline)).toBe(0)
  })

  it('gives zero for what is no number, and skips what is no list', () => {
    const timeline = [
      null,
      { position: 3, token: 9, top_features: 'none' },
      { position: -4, token: 'x', top_features: [{ id: 1.5, activation: '2' }, 'odd'] },
      { top_features: [{ id: 6, activation: Infinity }] },
    ]
    expect(firstActivations(timeline, {}, 500)).toEqual([
      { position: 0, tokenId: 0, featureId: 0, value: 0, rank: 1 },
      { position: 0, tokenId: 0, featureId: 0, value: 0, rank: 2 },
      { position: 0, tokenId: 0, featureId: 6, value: 0, rank: 1 },
    ])
    expect(countFeatures(timeline)).toBe(1)
  })
})
