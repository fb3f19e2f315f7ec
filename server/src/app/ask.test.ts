import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { confirm, requireAnswerer } from './ask.ts'

function terminal(answer: string) {
  const input = new PassThrough()
  const output = new PassThrough()
  input.end(answer)
  return { input, output }
}

describe('Asking before something that cannot be undone', () => {
  const question = { says: 'This deletes all.', word: 'clear' }

  it.each(['clear\n', ' clear \n'])('goes on with the word, as in %j', async (answer) => {
    const { input, output } = terminal(answer)
    await expect(confirm({ input, output }, question)).resolves.toBeUndefined()
    expect(String(output.read())).toBe('This deletes all.\nWrite "clear" to go on: ')
  })

  it.each(['no\n', '\n', 'clear all\n', ''])('changes nothing after %j', async (answer) => {
    await expect(confirm(terminal(answer), question)).rejects.toMatchObject({ code: 'cancelled' })
  })

  it('needs somebody at a terminal, or to be sure', () => {
    const [nobody, somebody] = [
      new PassThrough(),
      Object.assign(new PassThrough(), { isTTY: true }),
    ]
    const ask = (input: NodeJS.ReadableStream, isSure: boolean) => () =>
      requireAnswerer({ input }, { command: 'clear', isSure })
    expect(ask(nobody, false)).toThrow('"clear" asks before it goes on: give --yes')
    expect(ask(nobody, true)).not.toThrow()
    expect(ask(somebody, false)).not.toThrow()
  })
})
