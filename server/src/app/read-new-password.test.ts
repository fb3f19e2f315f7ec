import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { readNewPassword } from './read-new-password.ts'

/** A terminal that notes whether it echoes, and what is written on it. */
function fakeTerminal() {
  const modes: boolean[] = []
  const input = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (isRaw: boolean) => void modes.push(isRaw),
  })
  const output = new PassThrough()
  return { input, output, modes, said: () => String(output.read() ?? '') }
}

describe('a new password', () => {
  it('is asked for twice at a terminal, which shows nothing of it', async () => {
    const { input, output, modes, said } = fakeTerminal()
    input.write('correct horsx\u007Fe\rcorrect horse\r')
    expect(await readNewPassword({ input, output })).toBe('correct horse')
    expect(said()).toBe('Password: \nAgain: \n')
    expect(modes).toEqual([true, false])
  })

  it.each([
    ['correct horse\rcorrect house\r', 'The two passwords differ; nothing was changed'],
    ['correct horse\r\u0003', 'Nothing was changed'],
    ['\u0004', 'Nothing was changed'],
    ['horse\r', 'A password has 8 to 1024 characters'],
  ])('is not taken from a terminal where %j is typed', async (typed, message) => {
    const { input, output, modes } = fakeTerminal()
    input.write(typed)
    await expect(readNewPassword({ input, output })).rejects.toThrow(message)
    expect(modes.at(-1)).toBe(false)
  })

  it.each(['correct horse\n', 'correct horse\r\n', 'correct horse', 'correct horse\nmore\n'])(
    'is the first line of another input: %j',
    async (text) => {
      const input = new PassThrough()
      const output = new PassThrough()
      input.end(text)
      expect(await readNewPassword({ input, output })).toBe('correct horse')
      expect(output.read()).toBeNull()
    },
  )

  it.each([
    ['', 'The password is missing'],
    ['\n', 'A password has 8 to 1024 characters'],
    ['horse\n', 'A password has 8 to 1024 characters'],
  ])('is not taken from an input with %j', async (text, message) => {
    const input = new PassThrough()
    input.end(text)
    await expect(readNewPassword({ input, output: new PassThrough() })).rejects.toThrow(message)
  })
})
