import { describe, expect, it } from 'vitest'
import type { ModelFile } from '../features/model-files/index.ts'
import { chooseFile, chooseSnapshot, withoutShortName } from './choose-model-file.ts'

const named = (...filenames: string[]) => filenames.map((filename) => ({ filename }))
const repo = 'lab/Tiny-GGUF'

describe('chooseFile', () => {
  const files = named(
    'Tiny-Q4_K_M.gguf',
    'Tiny-Q8_0.gguf',
    'Tiny-F16-00001-of-00002.gguf',
    'Tiny-F16-00002-of-00002.gguf',
    'mmproj-Tiny-F16.gguf',
  )

  it.each([
    ['Q4_K_M', 'Tiny-Q4_K_M.gguf'],
    ['q8_0', 'Tiny-Q8_0.gguf'],
    ['F16', 'Tiny-F16-00001-of-00002.gguf'],
  ])('finds the quantization %s', (quant, filename) => {
    expect(chooseFile({ kind: 'quant', repo, quant }, files)).toEqual({ filename })
  })

  it('says what there is where a quantization is missing, or is that of several files', () => {
    const model = { kind: 'quant', repo, quant: 'Q2_K' } as const
    expect(() => chooseFile(model, files)).toThrow(
      'lab/Tiny-GGUF:Q2_K is not one file: give one of Tiny-Q4_K_M.gguf, Tiny-Q8_0.gguf, Tiny-F16-00001-of-00002.gguf',
    )
    const twins = named('One-Q2_K.gguf', 'Two-Q2_K.gguf', 'Two-Q8_0.gguf')
    expect(() => chooseFile(model, twins)).toThrow(/give one of One-Q2_K.gguf, Two-Q2_K.gguf$/)
    expect(() => chooseFile(model, named('mmproj-Tiny-F16.gguf'))).toThrow('no model file')
  })

  it('takes the only file of a repository, and none of several', () => {
    const model = { kind: 'repo', repo } as const
    const two = named('Tiny-Q8_0.gguf', 'mmproj-Tiny-Q8_0.gguf')
    expect(chooseFile(model, two)).toEqual({ filename: 'Tiny-Q8_0.gguf' })
    expect(() => chooseFile(model, files)).toThrow('lab/Tiny-GGUF has several files')
  })
})

describe('chooseSnapshot', () => {
  const at = (snapshot: string, isCurrent = false): ModelFile => {
    const filename = 'Tiny-Q8_0.gguf'
    const path = `/hub/${snapshot}/${filename}`
    return { repo, filename, snapshot, path, sizeBytes: 1, modifiedAt: 1, isCurrent }
  }
  const none = { given: undefined, commit: null }

  it('takes the current one, or the only one', () => {
    expect(chooseSnapshot([at('aaa'), at('bbb', true)], none).snapshot).toBe('bbb')
    expect(chooseSnapshot([at('aaa')], none).snapshot).toBe('aaa')
  })

  it('takes the one that a commit or a branch names', () => {
    const files = [at('aaa'), at('bbb', true)]
    expect(chooseSnapshot(files, { given: 'aaa', commit: null }).snapshot).toBe('aaa')
    expect(chooseSnapshot(files, { given: 'old', commit: 'aaa' }).snapshot).toBe('aaa')
    expect(() => chooseSnapshot(files, { given: 'ccc', commit: null })).toThrow('is not at ccc')
  })

  it('guesses none of several, and finds none where there is none', () => {
    expect(() => chooseSnapshot([at('aaa'), at('bbb')], none)).toThrow('--snapshot: aaa, bbb')
    expect(() => chooseSnapshot([], none)).toThrow('not on this machine')
  })
})

it('knows the short names of the list, and no others', () => {
  const own = { name: 'tiny', repo, filename: 'Tiny-Q8_0.gguf', revision: 'v1' }
  const presets = new Map([['tiny', own]])
  expect(withoutShortName({ kind: 'short', name: 'tiny' }, presets)).toEqual({
    kind: 'file',
    repo,
    filename: 'Tiny-Q8_0.gguf',
    revision: 'v1',
  })
  expect(() => withoutShortName({ kind: 'short', name: 'phi' }, presets)).toThrow('"phi"')
})
