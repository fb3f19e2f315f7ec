import { createInterface } from 'node:readline/promises'
import { DomainError } from '../platform/domain-error.ts'
import { ConfigError } from './config.ts'

export interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean }
  readonly output: NodeJS.WritableStream
}

/** Throws ConfigError where nobody sits who could be asked and `--yes` was not given. */
export function requireAnswerer(
  { input }: Pick<Terminal, 'input'>,
  { command, isSure }: { readonly command: string; readonly isSure: boolean },
): void {
  if (isSure || input.isTTY === true) return
  throw new ConfigError(`"${command}" asks before it goes on: give --yes where nobody can answer`)
}

/**
 * Goes on only if the person at the terminal writes the word. Throws `cancelled` for any other
 * answer, and for none.
 */
export async function confirm(
  terminal: Terminal,
  { says, word }: { readonly says: string; readonly word: string },
): Promise<void> {
  const lines = createInterface(terminal)
  const closed = new Promise<undefined>((resolve) => {
    lines.once('close', () => resolve(undefined))
  })
  const answer = await Promise.race([
    lines.question(`${says}\nWrite "${word}" to go on: `),
    closed,
  ]).finally(() => lines.close())
  if (answer?.trim() !== word) throw new DomainError('cancelled', 'Nothing was changed')
}
