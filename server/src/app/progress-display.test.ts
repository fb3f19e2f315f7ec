import { afterEach, expect, it, vi } from 'vitest'
import { ProgressDisplay, progressWords, type Progress } from './progress-display.ts'

const at = (bytes: number, more: Partial<Progress> = {}): Progress => ({
  phase: 'downloading',
  bytes,
  totalBytes: 2e9,
  bytesPerSecond: 50e6,
  ...more,
})

function display(columns: number | null) {
  const written: string[] = []
  const time = { ms: 0 }
  const shown = new ProgressDisplay({
    write: (text) => void written.push(text),
    columns,
    clock: { elapsedMs: () => time.ms },
  })
  return { shown, written, time }
}

afterEach(() => void vi.useRealTimers())

it('says the share, the sizes, the speed and the time that is left', () => {
  expect(progressWords(at(5e8))).toBe('25 %, 500 MB of 2.0 GB, 50.0 MB/s, 0:30 left')
  expect(progressWords(at(1_999_999_999))).toMatch(/^99 %/)
  expect(progressWords(at(0, { bytesPerSecond: null }))).toBe('0 %, 0 B of 2.0 GB')
  expect(progressWords(at(0, { bytesPerSecond: 1 }))).toBe('0 %, 0 B of 2.0 GB, 1 B/s')
  expect(progressWords(at(0, { phase: 'waiting' }))).toContain('another process')
  expect(progressWords(at(1e9, { phase: 'checking' }))).toMatch(/^Checking what is there: 50 %/)
  expect(progressWords(at(0, { totalBytes: 0 }))).toMatch(/^100 %/)
})

it('writes one line over and over on a terminal, ten times a second at most', () => {
  const { shown, written, time } = display(80)
  for (time.ms = 0; time.ms < 1000; time.ms += 10) shown.show(at(time.ms * 1e6))
  expect(written).toHaveLength(10)
  expect(written.every((text) => /^\r\[=* *\] /.test(text))).toBe(true)
  expect(written.every((text) => text.endsWith('\u001B[K') && !text.includes('\n'))).toBe(true)
  shown[Symbol.dispose]()
  shown[Symbol.dispose]()
  expect(written.slice(10)).toEqual(['\n'])
})

it('shows the end and a new phase at once', () => {
  const { shown, written } = display(80)
  shown.show(at(1e9, { phase: 'checking' }))
  shown.show(at(1e9))
  shown.show(at(2e9))
  expect(written).toHaveLength(3)
  expect(written[2]).toContain(`[${'='.repeat(24)}] 100 %`)
})

it('keeps the line narrower than the terminal', () => {
  for (const columns of [1, 20, 59, 60, 70]) {
    const { shown, written } = display(columns)
    shown.show(at(1e9))
    const line = written.join('').slice(1, -3)
    expect(line.length).toBeLessThan(Math.max(2, columns))
    expect(line.startsWith('[')).toBe(columns >= 60)
  }
})

it('writes a plain line every five seconds where there is no terminal', () => {
  const { shown, written, time } = display(null)
  for (time.ms = 0; time.ms <= 10_000; time.ms += 100) shown.show(at(time.ms * 1e5))
  shown[Symbol.dispose]()
  expect(written).toHaveLength(3)
  expect(written[1]).toBe('25 %, 500 MB of 2.0 GB, 50.0 MB/s, 0:30 left\n')
})

it('says that it waits only when that lasts', () => {
  vi.useFakeTimers()
  const { shown, written } = display(null)
  shown.show(at(0, { phase: 'waiting' }))
  vi.advanceTimersByTime(500)
  shown.show(at(0))
  vi.advanceTimersByTime(5000)
  expect(written.join('')).not.toContain('Waiting')
  shown.show(at(0, { phase: 'waiting' }))
  vi.advanceTimersByTime(1000)
  expect(written.at(-1)).toContain('Waiting for another process')
  shown.show(at(0, { phase: 'waiting' }))
  shown[Symbol.dispose]()
  vi.advanceTimersByTime(5000)
  expect(written).toHaveLength(2)
})
