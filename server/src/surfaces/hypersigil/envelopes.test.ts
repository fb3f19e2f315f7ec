import { describe, expect, it } from 'vitest'
import { toTime } from '../../platform/iso-time.ts'
import { askedPage, toPage } from './envelopes.ts'

describe('A page', () => {
  it('is the first ten rows unless another is asked for', () => {
    expect(askedPage({})).toEqual({ page: 1, limit: 10, offset: 0 })
    expect(askedPage({ page: '3.9', limit: ' 7x' })).toEqual({ page: 3, limit: 7, offset: 14 })
  })

  it.each([
    [1, 2, 3, { totalPages: 2, hasNext: true, hasPrev: false }],
    [2, 2, 3, { totalPages: 2, hasNext: false, hasPrev: true }],
    [9, 2, 3, { totalPages: 2, hasNext: false, hasPrev: true }],
    [1, 10, 0, { totalPages: 0, hasNext: false, hasPrev: false }],
    [1, 10, 10, { totalPages: 1, hasNext: false, hasPrev: false }],
  ])('%i of %i rows each out of %i tells what is around it', (page, limit, total, around) => {
    expect(toPage(['row'], { page, limit, total })).toEqual({
      data: ['row'],
      total,
      page,
      limit,
      ...around,
    })
  })
})

describe('toTime', () => {
  it('keeps milliseconds', () => {
    expect(toTime(1_700_000_000.0625)).toBe('2023-11-14T22:13:20.063Z')
  })
})
