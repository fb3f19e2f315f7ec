import { Role, roles } from '@pharos/contract/vocabulary.ts'
import { defaultUserRole, type Command } from './commands.ts'
import { ConfigError } from './config-error.ts'
import { textOf, type Flag } from './flag.ts'
import { suggestion } from './nearest.ts'

/** What `users create` was told. Throws ConfigError. */
export function readNewUser(flags: readonly Flag[]): Command {
  const email = textOf(flags, '--email')?.trim() ?? ''
  const label = textOf(flags, '--name')?.trim() ?? ''
  if (email === '') {
    throw new ConfigError('users create needs --email, for example --email=ann@example.org')
  }
  if (label === '') throw new ConfigError('users create needs --name, for example --name=Ann')
  const role = readRole(textOf(flags, '--role')?.trim() ?? defaultUserRole)
  return { name: 'users create', email, label, role }
}

function readRole(word: string): Role {
  const { data } = Role.safeParse(word)
  if (data !== undefined) return data
  const known = roles.toReversed().join(', ')
  throw new ConfigError(`--role must be one of ${known}, not "${word}"${suggestion(word, roles)}`)
}
