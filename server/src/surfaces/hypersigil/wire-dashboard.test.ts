import { expect, it } from 'vitest'
import { fromDates } from './wire-dashboard.ts'

const at = (text: string): number => Date.parse(text) / 1000

it('A date begins its day and, as an end, leaves it out', () => {
  const day = at('2026-03-10T00:00:00Z')
  expect(fromDates({ startDate: '2026-03-10' })).toEqual({ from: day })
  expect(fromDates({ endDate: '2026-03-10' })).toEqual({ before: day })
})

it('A time is included and is in UTC unless it says', () => {
  const time = at('2026-03-10T12:00:00Z')
  const texts = ['2026-03-10T12:00', '2026-03-10T12:00:00.000Z', '2026-03-10T13:00:00+01:00']
  for (const text of texts) {
    expect(fromDates({ startDate: text, endDate: text })).toEqual({ from: time, to: time })
  }
  expect(fromDates({ startDate: '2026-03-10T07:00:00-05:00' })).toEqual({ from: time })
})

it('What is empty says nothing', () => {
  expect(fromDates({})).toEqual({})
  expect(fromDates({ startDate: '', endDate: '' })).toEqual({})
})
