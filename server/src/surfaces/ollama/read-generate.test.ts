import { expect, it } from 'vitest'
import { generateFieldOf, readGenerate } from './read-generate.ts'

const jpeg = '/9j/4AAQSkZJRg=='

it('A prompt is one message of the user, after what the system says', () => {
  const body = { model: 'm', prompt: 'Hi', system: 'Be short', images: [jpeg] }
  expect(readGenerate(body)).toEqual({
    request: {
      model: 'm',
      messages: [
        { role: 'system', content: [{ type: 'text', text: 'Be short' }] },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Hi' },
            { type: 'image', image: { kind: 'bytes', mediaType: 'image/jpeg', base64: jpeg } },
          ],
        },
      ],
      options: {},
    },
    nativeOnly: [],
  })
})

it.each([
  ['template', '{{ .Prompt }}'],
  ['raw', true],
  ['suffix', 'return'],
  ['context', [1, 2]],
  ['width', 512],
])('What only an Ollama understands is named: %s', (name, value) => {
  expect(readGenerate({ model: 'm', prompt: 'Hi', [name]: value }).nativeOnly).toEqual([name])
})

it.each([
  ['template', ''],
  ['raw', false],
  ['suffix', ''],
  ['context', []],
  ['keep_alive', 0],
])('What asks for nothing is not named: %s', (name, value) => {
  expect(readGenerate({ model: 'm', prompt: 'Hi', [name]: value }).nativeOnly).toEqual([])
})

it('A message that cannot be told is the prompt', () => {
  expect(generateFieldOf('messages')).toBe('prompt')
  expect(generateFieldOf('topP')).toBe('options.top_p')
})
