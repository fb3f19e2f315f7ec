import { describe, expect, it } from 'vitest'
import type { DataFormat } from './imported-text.ts'
import { readImport } from './read-import.ts'

const read = (format: DataFormat, content: string, name: string | null = null) =>
  readImport({ format, mode: 'raw', texts: [{ name, content }] })

const namesOf = (content: string) => read('csv', content).items.map(({ name }) => name)

describe('A table', () => {
  it('gives each row as an object of texts', () => {
    const { items } = read('csv', 'city,people\nRome,2.8\n"San ""X""",\n')
    expect(items.map(({ content }) => JSON.parse(content) as unknown)).toEqual([
      { city: 'Rome', people: '2.8' },
      { city: 'San "X"', people: '' },
    ])
  })

  it('calls its rows by what names them, by their first cell, or by their number', () => {
    expect(namesOf('x,Label,title\n1,b,c\n1,b,\n1,,\n')).toEqual(['c', 'b', '1'])
    expect(namesOf(`a,b\n,${'é'.repeat(60)}\n" ", \n`)).toEqual(['é'.repeat(50), '2'])
  })

  it('may have semicolons or tabs between its cells', () => {
    const [a] = read('csv', 'a;"b,c,d"\n1;2\n').items
    expect(JSON.parse(a?.content ?? '')).toEqual({ a: '1', 'b,c,d': '2' })
    const [b] = read('csv', 'a\tb\n1\t2,3,4\n').items
    expect(JSON.parse(b?.content ?? '')).toEqual({ a: '1', b: '2,3,4' })
  })

  it('tells the row that has more cells than the header', () => {
    const { items, refused } = read('csv', 'a,b\n1,2\n1,2,3\n\n4\n')
    expect(items).toHaveLength(2)
    expect(refused).toEqual([{ row: 3, file: null, error: expect.stringContaining('3 cells') }])
  })

  it('keeps the rows before one that never ends', () => {
    const { items, refused } = read('csv', 'a,b\n1,2\n3,"4\n5,6\n')
    expect(items).toHaveLength(1)
    expect(refused).toMatchObject([{ row: 3 }])
  })

  it('without a row gives nothing', () => {
    for (const content of ['', 'a,b', '\n\n']) {
      expect(read('csv', content)).toEqual({ items: [], refused: [], refusedCount: 0 })
    }
  })
})

describe('JSON Lines', () => {
  it('keep each value as it stands', () => {
    const { items, refused } = read('jsonl', '{"id": 1e400}\r\n\n"x"\nnope\n{"title":"T"}')
    expect(items).toEqual([
      { name: null, content: '{"id": 1e400}' },
      { name: null, content: '"x"' },
      { name: 'T', content: '{"title":"T"}' },
    ])
    expect(refused).toMatchObject([{ row: 4 }])
  })
})

describe('Markdown', () => {
  it('is one item under the name of its file, trimmed', () => {
    expect(read('md', '\n# Hi\n\n', 'greet.MD').items).toEqual([{ name: 'greet', content: '# Hi' }])
  })

  it('that is empty, or no JSON where that is wanted, is refused', () => {
    expect(read('md', ' \n').refused).toMatchObject([{ row: 1, error: 'It is empty' }])
    const texts = [
      { name: 'a.md', content: '{}' },
      { name: 'b.md', content: '# B' },
    ]
    const { items, refused } = readImport({ format: 'md', mode: 'json', texts })
    expect(items).toEqual([{ name: 'a', content: '{}' }])
    expect(refused).toMatchObject([{ row: 1, file: 'b.md' }])
  })

  it('with marks written by hand, between lines of two signs, is read part by part', () => {
    const { items } = read('md', '<!-- item "a" -->\r\n\r\nA\r\n\r\n<!-- item null -->\r\nB')
    expect(items.map(({ name, content }) => [name, content.trim()])).toEqual([
      ['a', 'A'],
      [null, 'B'],
    ])
  })
})
