/** A reply of lines is compared line by line. */
import { lines, OllamaError } from '@pharos/contract/ollama/errors.ts'
import { ollamaRoutes } from '@pharos/contract/ollama/routes.ts'
import { expect, test } from 'vitest'
import { testTranscripts } from '../../support/transcript-suite.ts'
import { openStage } from './stage.ts'

/** Rows 31 to 33 of the contract's index, and what Ollama's API has had since. */
const index = [
  'GET /api/tags',
  'POST /api/show',
  'POST /api/chat',
  'POST /api/generate',
  'POST /api/embed',
  'POST /api/embeddings',
  'GET /api/ps',
  'GET /api/version',
]

test('the contract has a route for every line of its index', () => {
  const named = Object.values(ollamaRoutes).map(({ method, path }) => `${method} ${path}`)
  expect(index.filter((line) => !named.includes(line))).toEqual([])
})

testTranscripts({
  surface: 'Ollama',
  folder: new URL('./transcripts/', import.meta.url),
  routes: ollamaRoutes,
  moreThan: 20,
  open: openStage,
  stream: {
    contentType: lines,
    read: (text) => text.split('\n').filter((line) => line !== ''),
    also: OllamaError,
  },
})
