import { describe, expect, it } from 'vitest'
import { readArguments } from './read-arguments.ts'

const command = (...argv: string[]) => readArguments(argv).command

describe('users on the command line', () => {
  it('are admins unless told otherwise', () => {
    const create = ['users', 'create', '--email= ann@example.org', '--name', 'Ann B']
    const ann = { name: 'users create', email: 'ann@example.org', label: 'Ann B' }
    expect(command(...create)).toEqual({ ...ann, role: 'admin' })
    expect(command(...create, '--role=power_user')).toEqual({ ...ann, role: 'power_user' })
  })

  it.each(['reset', 'activate', 'deactivate'])('are named by their e-mail to %s them', (word) => {
    const email = 'ann@example.org'
    expect(command('users', word, email)).toEqual({ name: `users ${word}`, email })
    expect(() => command('users', word)).toThrow(`"users ${word}" needs a user: e-mail`)
    expect(() => command('users', word, email, 'b')).toThrow('does not expect "b"')
  })

  it.each([
    [['--name=Ann'], 'users create needs --email, for example'],
    [['--email=ann@example.org'], 'users create needs --name, for example'],
    [['--email=ann@example.org', '--name= '], 'users create needs --name, for example'],
    [['--email=a@b', '--name=A', '--role=amin'], 'not "amin"; did you mean "admin"?'],
    [['--email=a@b', '--name=A', '--role='], '--role must be one of admin, manager, power_user,'],
    [['--email=a@b', '--name=A', '--password=x'], 'Unknown option --password'],
  ])('are refused with %j', (flags, message) => {
    expect(() => command('users', 'create', ...flags)).toThrow(message)
  })
})
