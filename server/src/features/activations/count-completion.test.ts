import { expect, test } from 'vitest'
import { countCompletion } from './count-completion.ts'

function generated(outputText: string, pieces: readonly string[], shown = pieces.length) {
  const tokenIds = pieces.map((_, index) => 1000 + index)
  const timeline = pieces
    .slice(0, shown)
    .map((token_str, position) => ({ position, token: 1000 + position, token_str }))
  return { outputText, tokenIds, timeline }
}

const prompt = ['<|begin|>', 'Say', ' hello', '<|header|>', '\n\n']

test.each<[string, string, string[], number]>([
  ['plain pieces', 'Hello there', ['Hello', ' there'], 2],
  ['an end that the text does not show', 'Hello there', ['Hello', ' there', '<|eot_id|>'], 3],
  ['a blank before the text', 'Hello', [' Hello'], 1],
  [
    'a vocabulary that writes blanks as letters',
    'Hello there\nyou',
    ['Hello', 'Ġthere', 'Ċ', 'you'],
    4,
  ],
  ['words of the prompt once more', 'hello', [' hello'], 1],
])('counts the tokens of the completion: %s', (_, text, pieces, count) => {
  expect(countCompletion(generated(text, [...prompt, ...pieces]))).toBe(count)
})

test.each([
  ['another text', generated('Good day', [...prompt, 'Hello'])],
  ['no text', generated('', [...prompt, '<|eot_id|>'])],
  ['a timeline that is too short', generated('Hello', [...prompt, 'Hello'], 5)],
  ['no timeline', { ...generated('Hello', [...prompt, 'Hello']), timeline: [] }],
])('counts all tokens where the completion cannot be told: %s', (_, tokens) => {
  expect(countCompletion(tokens)).toBe(6)
})

test('counts all tokens when the timeline is about others', () => {
  const { tokenIds, ...rest } = generated('Hello', [...prompt, 'Hello'])
  expect(countCompletion({ ...rest, tokenIds: tokenIds.map((id) => id + 1) })).toBe(6)
})
