import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { checkNewPassword } from '../features/identity/index.ts'
import { DomainError } from '../platform/domain-error.ts'
import type { Terminal } from './ask.ts'
import { ConfigError } from './config.ts'

/**
 * A new password: at a terminal asked for twice and not shown, elsewhere the first line of the
 * input. Never a flag, which the list of processes and the shell's history would keep.
 * @throws ConfigError where nothing comes; DomainError `invalid` for a password that will not do or
 * two that differ, `cancelled` for who leaves.
 */
export async function readNewPassword({ input, output }: Terminal): Promise<string> {
  const isTerminal = input.isTTY === true
  // On a terminal the line editor itself echoes, as far as it is given somewhere to write.
  const silence = new Writable({ write: (_chunk, _encoding, done) => done() })
  const reading = isTerminal
    ? createInterface({ input, output: silence, terminal: true, historySize: 0 })
    : createInterface({ input, terminal: false })
  try {
    // One iterator for both lines, since it keeps the second where both came at once.
    const lines = reading[Symbol.asyncIterator]()
    return isTerminal ? await askTwice(lines, output) : await readOnce(lines)
  } finally {
    reading.close()
  }
}

type Lines = AsyncIterator<string, undefined>

async function readOnce(lines: Lines): Promise<string> {
  const { value: line } = await lines.next()
  if (line !== undefined) return checkNewPassword(line)
  throw new ConfigError('The password is missing: give it at a terminal or on the standard input')
}

async function askTwice(lines: Lines, output: NodeJS.WritableStream): Promise<string> {
  const password = checkNewPassword(await ask(lines, output, 'Password: '))
  if ((await ask(lines, output, 'Again: ')) === password) return password
  throw new DomainError('invalid', 'The two passwords differ; nothing was changed')
}

async function ask(lines: Lines, output: NodeJS.WritableStream, prompt: string): Promise<string> {
  output.write(prompt)
  const { value: line } = await lines.next()
  output.write('\n')
  if (line === undefined) throw new DomainError('cancelled', 'Nothing was changed')
  return line
}
