import { describe, expect, it } from 'vitest'
import { isPrintable } from './is-printable.ts'

describe('isPrintable', () => {
  it('takes any language, signs and nothing at all', () => {
    for (const text of ['', 'Zoë', '名前', 'a b', '🦑', '\u00A0', '\uFFFD']) {
      expect(isPrintable(text)).toBe(true)
    }
  })

  it('refuses control characters of both ranges and halves of a pair', () => {
    for (const text of ['\0', 'a\nb', '\t', '\u007F', '\u0085', '\uD83E', 'a\uDD91']) {
      expect(isPrintable(text)).toBe(false)
    }
  })
})
