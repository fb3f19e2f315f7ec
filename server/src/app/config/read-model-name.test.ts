import { expect, it } from 'vitest'
import { readArguments } from './read-arguments.ts'

const command = (...argv: string[]) => readArguments(['models', ...argv]).command
const repo = 'lab/Tiny-GGUF'
const filename = 'Tiny-Q8_0.gguf'

it.each([
  [[repo, filename], { kind: 'file', repo, filename }],
  [[`${repo}/${filename}`], { kind: 'file', repo, filename }],
  [[`${repo}:Q8_0`], { kind: 'quant', repo, quant: 'Q8_0' }],
  [[repo], { kind: 'repo', repo }],
  [['llama3:instruct'], { kind: 'short', name: 'llama3:instruct' }],
])('reads %j as the name of a model file', (words, model) => {
  expect(command('pull', ...words)).toEqual({ name: 'models pull', model, revision: undefined })
  expect(command('remove', ...words)).toEqual({ name: 'models remove', model, snapshot: undefined })
})

it('reads from where a file is taken, and from which commit it is deleted', () => {
  expect(command('pull', repo, filename, '--revision', 'v1.0')).toHaveProperty('revision', 'v1.0')
  expect(command('remove', repo, filename, '--snapshot=abc')).toHaveProperty('snapshot', 'abc')
  expect(command('list')).toEqual({ name: 'models list', isRemote: false })
  expect(command('list', '--remote')).toEqual({ name: 'models list', isRemote: true })
})

it.each([
  [['pull'], '"models pull" needs a model'],
  [['remove'], '"models remove" needs a model'],
  [['pull', repo, filename, 'more'], '"models pull" does not expect "more"'],
  [['pull', 'tiny', filename], '"tiny" is no repository'],
  [['pull', '../x', filename], '"../x" is no repository'],
  [['pull', `${repo}/${filename}`, filename], 'is no repository'],
  [['pull', `${repo}:Q8_0`, filename], 'is no repository'],
  [['pull', `${repo}:`], 'names no file'],
  [['pull', `${repo}:Q8_0/${filename}`], 'names no file'],
  [['pull', repo, 'README.md'], '"README.md" is no model file'],
  [['pull', repo, '.gguf'], '".gguf" is no model file'],
  [['pull', `${repo}/Q8/${filename}`], 'lies in a folder'],
  [['pull', repo, filename, '--revision', 'a/b'], '--revision must be a branch, tag or commit'],
  [['remove', repo, '--snapshot', '..'], '--snapshot must be'],
  [['list', repo], '"models list" does not expect'],
  [['pull', repo, '--remote'], '--remote is no option of "models pull"'],
  [['pull', repo, '--port', '1'], '--port is no option of "models pull"'],
  [[], '"models" needs one of: models list, models pull, models remove'],
])('refuses %j', (words, message) => {
  expect(() => command(...words)).toThrow(message)
})

it('shows which words may be left out', () => {
  expect(command('pull', '--help')).toMatchObject({
    text: expect.stringMatching(/models pull <model> \[file\] \[options\][^]*--hf-endpoint <url>/),
  })
})
