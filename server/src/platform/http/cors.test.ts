import { expect, test } from 'vitest'
import { isLoopbackOrigin } from './cors.ts'

test.each([
  ['http://localhost:5173', true],
  ['https://localhost', true],
  ['http://127.0.0.1:80', true],
  ['http://[::1]:8080', true],
  ['http://app.localhost', true],
  ['http://localhost.evil.example', false],
  ['http://evil.example', false],
  ['ftp://localhost', false],
  ['null', false],
  ['localhost', false],
])('%s is of this machine: %s', (origin, expected) => {
  expect(isLoopbackOrigin(origin)).toBe(expected)
})
