import { expect, test } from 'vitest'
import { pythonText } from './python-text.ts'

test.each([
  ['', '""'],
  ['plain', '"plain"'],
  ['say "hi"', '"say \\"hi\\""'],
  ["it's", '"it\'s"'],
  ['back\\slash\\', '"back\\\\slash\\\\"'],
  ['a\nb\rc\td', '"a\\nb\\rc\\td"'],
  ['nul\0 bell\x07 escape\x1b delete\x7f', '"nul\\x00 bell\\x07 escape\\x1b delete\\x7f"'],
  ['next\u0085 line\u2028 paragraph\u2029', '"next\\x85 line\\u2028 paragraph\\u2029"'],
  ['\\n stays two characters', '"\\\\n stays two characters"'],
  ['{braces} %s 🦉 é', '"{braces} %s 🦉 é"'],
  ['lone \ud800 half', '"lone \ufffd half"'],
])('%j is written %s', (text, literal) => {
  expect(pythonText(text)).toBe(literal)
})
