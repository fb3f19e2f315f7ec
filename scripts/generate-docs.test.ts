import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { addressOf, generatedFiles } from './generate-docs.ts'

it.each([...generatedFiles()])('%s is what the contracts generate', async (path, text) => {
  expect(await readFile(addressOf(path), 'utf8')).toBe(text)
})
