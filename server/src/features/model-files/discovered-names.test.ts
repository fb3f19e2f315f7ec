import { describe, expect, it } from 'vitest'
import { discoveredNames, qualifierOf } from './discovered-names.ts'
import type { ModelFile } from './model-file.ts'

const file = (changes: Partial<ModelFile>): ModelFile => ({
  repo: 'user/repo',
  filename: 'a-Q4_0.gguf',
  snapshot: 'a'.repeat(40),
  path: '/nowhere',
  sizeBytes: 1,
  modifiedAt: 100,
  isCurrent: false,
  ...changes,
})

describe('A discovered name', () => {
  it.each([
    ['Llama-3-8B-Instruct-Q4_K_M.gguf', 'Q4_K_M'],
    ['mistral-7b-instruct-v0.1.Q8_0.gguf', 'Q8_0'],
    ['model.gguf', 'model'],
    ['ends-with-.gguf', 'ends-with-.gguf'],
    ['two..gguf', 'two..gguf'],
    ['Big-Q5_K_M-00001-of-00003.gguf', 'Q5_K_M'],
    ['big.f16-00001-of-00003.gguf', 'f16'],
  ])('of %s ends with %s', (filename, qualifier) => {
    expect(qualifierOf(filename)).toBe(qualifier)
  })

  it('stands for the current file, else the newest', () => {
    const old = file({ snapshot: 'old', modifiedAt: 1, isCurrent: true })
    const middle = file({ snapshot: 'middle', modifiedAt: 2 })
    const young = file({ snapshot: 'young', modifiedAt: 3 })
    const chosen = (...files: readonly ModelFile[]) =>
      discoveredNames(files).get('user/repo:Q4_0')?.snapshot
    expect(chosen(middle, old, young)).toBe('old')
    expect(chosen(middle, young)).toBe('young')
    expect(chosen(young, middle)).toBe('young')
  })

  it('is given in order, and not to projectors or what cannot be read', () => {
    const names = discoveredNames([
      file({ repo: 'z/z' }),
      file({ filename: 'a-F16.gguf' }),
      file({}),
      file({ repo: 'p/p', filename: 'mmproj-F16.gguf' }),
      file({ repo: 'p/p', filename: 'model.mmproj-Q8_0.gguf' }),
      file({ repo: 'g/g', sizeBytes: null }),
    ])
    expect([...names.keys()]).toEqual(['user/repo:F16', 'user/repo:Q4_0', 'z/z:Q4_0'])
  })
})
