import { expect, it } from 'vitest'
import { lastDays, lastHours } from './usage-window.ts'

const at = (text: string): number => Date.parse(text) / 1000
const now = at('2026-03-10T15:30:00Z')

it('The last days are whole days in UTC, with the one that is going on', () => {
  expect(lastDays({}, 1, now)).toEqual({ from: at('2026-03-10') })
  expect(lastDays({}, 30, now)).toEqual({ from: at('2026-02-09') })
  expect(lastDays({}, 1.5, now)).toEqual({ from: at('2026-03-09') })
})

it('The last days end where the window ends', () => {
  const to = at('2026-01-05T08:00:00Z')
  expect(lastDays({ to }, 2, now)).toEqual({ to, from: at('2026-01-04') })
  const before = at('2026-01-05')
  expect(lastDays({ before }, 2, now)).toEqual({ before, from: at('2026-01-03') })
  const midnight = { to: before }
  expect(lastDays(midnight, 1, now)).toEqual({ ...midnight, from: before })
})

it('A window that has a beginning needs no days', () => {
  expect(lastDays({ from: 5 }, 1, now)).toEqual({ from: 5 })
  expect(lastDays({ from: 5, before: 7 }, 1, now)).toEqual({ from: 5, before: 7 })
})

it('Hours count back from now, unless the window says anything', () => {
  expect(lastHours({}, 24, now)).toEqual({ from: at('2026-03-09T15:30:00Z') })
  expect(lastHours({}, 0.5, now)).toEqual({ from: at('2026-03-10T15:00:00Z') })
  for (const window of [{ from: 1 }, { to: 2 }, { before: 3 }]) {
    expect(lastHours(window, 24, now)).toEqual(window)
  }
})
