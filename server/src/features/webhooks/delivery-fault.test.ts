import { describe, expect, it } from 'vitest'
import { UpstreamError } from '../../platform/upstream/upstream-error.ts'
import { faultText, statusText } from './delivery-fault.ts'

describe('A failed attempt', () => {
  const failure = (code: string) => {
    const cause = Object.assign(new Error('secret'), { code })
    return new UpstreamError({ kind: 'transport', reason: 'words' }, 1, cause)
  }

  it.each([
    ['ENOTFOUND', 'dns'],
    ['EAI_AGAIN', 'dns'],
    ['ECONNREFUSED', 'connection'],
    ['ECONNRESET', 'connection'],
    ['UND_ERR_SOCKET', 'connection'],
    ['ENETUNREACH', 'network'],
    ['ERR_INSIDE_ADDRESS', 'network'],
    ['ETIMEDOUT', 'timeout'],
    ['UND_ERR_CONNECT_TIMEOUT', 'timeout'],
    ['CERT_HAS_EXPIRED', 'ssl'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'ssl'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'ssl'],
    ['HPE_INVALID_CONSTANT', 'http'],
    ['UND_ERR_HEADERS_OVERFLOW', 'http'],
    ['ESOMETHING', 'unknown'],
  ])('of the code %s is of the kind %s', (code, kind) => {
    expect(faultText(failure(code))).toBe(`${kind}: words`)
  })

  it('is told without what others may not know', () => {
    expect(faultText(new Error('secret'))).toBe('unknown: the attempt failed')
    const late = new UpstreamError({ kind: 'timeout', phase: 'first-byte', afterMs: 5 }, 1)
    expect(faultText(late)).toBe('timeout: no byte for 5 ms')
  })

  it('may be an answer of another status', () => {
    expect(statusText(500)).toBe('http: status 500')
    expect(statusText(302)).toBe('http: status 302; redirects are not followed')
  })
})
