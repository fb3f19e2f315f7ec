import { expect, test } from 'vitest'
import { toCsvRow } from './csv.ts'

test('cells are joined by commas and a row ends with CRLF', () => {
  expect(toCsvRow(['a', null, undefined, '', 1.5, true, ['x', 1]])).toBe(
    'a,,,,1.5,true,"[""x"",1]"\r\n',
  )
})

test.each([
  ['=1+1', `'=1+1`],
  ['@SUM(A1)', `'@SUM(A1)`],
  ['\n=1', `"'\n=1"`],
  ['＝1+1', `'＝1+1`],
  ['-12.5', '-12.5'],
  ['-12.5+cmd', `'-12.5+cmd`],
  ['1=1', '1=1'],
])('the text %j becomes the cell %j', (text, cell) => {
  expect(toCsvRow([text])).toBe(`${cell}\r\n`)
})
