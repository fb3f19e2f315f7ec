import { describe, expect, it } from 'vitest'
import { isOwnAddress } from './own-address.ts'

const own = ['http://127.0.0.1:7474', 'http://[::1]:7474']

describe('isOwnAddress', () => {
  it.each([
    'http://127.0.0.1:7474/v1',
    'http://localhost:7474/v1',
    'http://[::1]:7474',
    'http://0.0.0.0:7474',
  ])('sees that %s leads back', (baseUrl) => {
    expect(isOwnAddress(baseUrl, own)).toBe(true)
  })

  it.each([
    'http://127.0.0.1:7475/v1',
    'http://models.test:7474/v1',
    'https://api.openai.com/v1',
    '-',
  ])('lets %s be another place', (baseUrl) => {
    expect(isOwnAddress(baseUrl, own)).toBe(false)
  })

  it('sees loopback behind an address that listens everywhere, and its own outer address', () => {
    expect(isOwnAddress('http://localhost/v1', ['http://0.0.0.0:80'])).toBe(true)
    expect(isOwnAddress('http://10.0.0.7:7474', ['http://10.0.0.7:7474'])).toBe(true)
    expect(isOwnAddress('http://127.0.0.1:7474', ['http://10.0.0.7:7474'])).toBe(false)
  })

  it('knows no own address before the server listens', () => {
    expect(isOwnAddress('http://127.0.0.1:7474', [])).toBe(false)
  })
})
