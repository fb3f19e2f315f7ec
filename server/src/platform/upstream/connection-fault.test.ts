import { expect, test } from 'vitest'
import { abortReason, faultReason, mayConnectLater } from './connection-fault.ts'

const coded = (code: string) => Object.assign(new Error('Bearer sk-secret'), { code })

test.each([
  ['ECONNREFUSED', 'the connection was refused (ECONNREFUSED)', true],
  ['ENOTFOUND', 'the host name is not known (ENOTFOUND)', true],
  ['CERT_HAS_EXPIRED', 'the certificate has expired (CERT_HAS_EXPIRED)', false],
  [
    'ERR_SSL_WRONG_VERSION_NUMBER',
    'the TLS handshake failed (ERR_SSL_WRONG_VERSION_NUMBER)',
    false,
  ],
  ['ESTRANGE', 'the connection failed (ESTRANGE)', false],
])('%s is told as "%s"', (code, reason, isPassing) => {
  expect(faultReason(coded(code))).toBe(reason)
  expect(mayConnectLater(coded(code))).toBe(isPassing)
})

test('an error without a code tells nothing of its message', () => {
  expect(faultReason(new Error('Bearer sk-secret'))).toBe('the connection failed')
  expect(faultReason('Bearer sk-secret')).toBe('the connection failed')
})

test("an abort's reason is its own words", () => {
  expect(abortReason('the client left')).toBe('the client left')
  expect(abortReason(new Error('the server stops'))).toBe('the server stops')
  expect(abortReason(undefined)).toBe('the request was aborted')
})
