import { roles, type Role, type Scope } from '@pharos/contract/vocabulary.ts'
import type { KeyLimitChanges } from '../../features/identity/index.ts'
import { optionRows, type OptionName, type OptionSpec } from './options.ts'
import type { NamedModel } from './named-model.ts'
import type { Since } from './read-since.ts'

/** What the process was asked to do. */
export type Command =
  | { readonly name: 'start' }
  | { readonly name: 'migrate' }
  | {
      readonly name: 'keys create'
      readonly label: string
      readonly scopes: readonly Scope[]
      readonly expiresInDays: number | undefined
      readonly limits: KeyLimitChanges
    }
  | { readonly name: 'keys list' }
  | { readonly name: 'keys limit'; readonly key: string; readonly limits: KeyLimitChanges }
  | { readonly name: 'keys revoke'; readonly key: string }
  | {
      readonly name: 'users create'
      readonly email: string
      readonly label: string
      readonly role: Role
    }
  | { readonly name: 'users list' }
  | {
      readonly name: 'users reset' | 'users activate' | 'users deactivate'
      readonly email: string
    }
  | {
      readonly name: 'reprice'
      readonly since: Since | undefined
      readonly model: string | undefined
    }
  | { readonly name: 'remap'; readonly all: boolean }
  | { readonly name: 'clear'; readonly isSure: boolean; readonly withKeys: boolean }
  | { readonly name: 'schema' }
  | { readonly name: 'backup'; readonly file: string }
  | { readonly name: 'restore'; readonly file: string; readonly isSure: boolean }
  | { readonly name: 'models list'; readonly isRemote: boolean }
  | {
      readonly name: 'models pull'
      readonly model: NamedModel
      readonly revision: string | undefined
    }
  | {
      readonly name: 'models remove'
      readonly model: NamedModel
      readonly snapshot: string | undefined
    }
  | { readonly name: 'help'; readonly text: string }
  | { readonly name: 'version' }

/** A flag that belongs to one command and is not a setting. */
interface CommandFlag {
  readonly flag: string
  /** The word for its value in the help; absent for a flag that takes none. */
  readonly value?: string
  readonly meaning: string
}

/** A word after the command's own. */
interface CommandArgument {
  readonly word: string
  readonly meaning: string
  readonly isOptional?: true
}

export interface CommandSpec {
  readonly words: string
  /** In their order; none by default. */
  readonly takes?: readonly CommandArgument[]
  readonly summary: string
  readonly flags: readonly CommandFlag[]
  /** The settings that it takes as flags. */
  readonly settings: keyof typeof settingFlags | 'all'
}

const settingFlags = {
  store: ['data-dir', 'slow-query-ms', 'log-level'],
  models: ['data-dir', 'hf-home', 'hf-endpoint', 'log-level'],
} as const

/** Scopes of a key whose maker names none: enough to send traces and to look at them. */
export const defaultKeyScopes = 'traces:read,traces:write'

const yesFlag: CommandFlag = { flag: 'yes', meaning: 'Do not ask' }

const keyArgument = [{ word: 'key', meaning: 'id or prefix, as "keys list" prints it' }]

/** Role of a user whose maker names none: who begins with the command line needs an admin. */
export const defaultUserRole: Role = 'admin'

const userArgument = [{ word: 'user', meaning: 'e-mail, as "users list" prints it, in any case' }]

const modelArguments: readonly CommandArgument[] = [
  {
    word: 'model',
    meaning:
      'user/repository and then the file, or in one word user/repository/file.gguf, user/repository:quant or a short name',
  },
  { word: 'file', meaning: 'name of the .gguf file in the repository', isOptional: true },
]

/** What bounds a key, when it is made and later. */
export const keyLimitFlags: readonly CommandFlag[] = [
  { flag: 'budget-usd', value: 'number', meaning: 'US dollars that it may spend, or `off`' },
  {
    flag: 'budget-period',
    value: 'day|month|total',
    meaning: 'What the budget is for: days and months are those of UTC (default total)',
  },
  {
    flag: 'requests-per-minute',
    value: 'number',
    meaning: 'Requests to models that it may make in a minute, or `off`',
  },
  {
    flag: 'tokens-per-minute',
    value: 'number',
    meaning: 'Tokens, input and output, that it may use in a minute, or `off`',
  },
  {
    flag: 'models',
    value: 'list',
    meaning: 'Models that it may use, by comma: names, provider/*, or `all` (default all)',
  },
]

export const commandSpecs: readonly CommandSpec[] = [
  { words: 'start', summary: 'Run the server (the default)', flags: [], settings: 'all' },
  {
    words: 'migrate',
    summary: 'Bring the database to this version and end',
    flags: [],
    settings: 'store',
  },
  {
    words: 'keys create',
    summary: 'Make an API key and print its secret once',
    flags: [
      { flag: 'name', value: 'text', meaning: 'What the key is for (required)' },
      {
        flag: 'scopes',
        value: 'list',
        meaning: `What the key may do, by comma, or \`all\` (default ${defaultKeyScopes})`,
      },
      { flag: 'expires-days', value: 'number', meaning: 'Days until it ends (default never)' },
      ...keyLimitFlags,
    ],
    settings: 'store',
  },
  { words: 'keys list', summary: 'List API keys', flags: [], settings: 'store' },
  {
    words: 'keys limit',
    takes: keyArgument,
    summary: 'Change what an API key may use, from its next request on',
    flags: keyLimitFlags,
    settings: 'store',
  },
  {
    words: 'keys revoke',
    takes: keyArgument,
    summary: 'End an API key at once',
    flags: [],
    settings: 'store',
  },
  {
    words: 'users create',
    summary:
      'Make a user who can log in, the first admin too; the password is asked for, or is one line of the standard input',
    flags: [
      { flag: 'email', value: 'text', meaning: 'What the user logs in with (required)' },
      { flag: 'name', value: 'text', meaning: 'What the user is called (required)' },
      {
        flag: 'role',
        value: roles.toReversed().join('|'),
        meaning: `What the user may do (default ${defaultUserRole})`,
      },
    ],
    settings: 'store',
  },
  { words: 'users list', summary: 'List users', flags: [], settings: 'store' },
  {
    words: 'users reset',
    takes: userArgument,
    summary: "Take a user's password and print once the link with which to choose a new one",
    flags: [],
    settings: 'store',
  },
  {
    words: 'users activate',
    takes: userArgument,
    summary: 'Let a user in who was deactivated or locked out',
    flags: [],
    settings: 'store',
  },
  {
    words: 'users deactivate',
    takes: userArgument,
    summary: "Shut a user out at once, with the user's sessions and keys",
    flags: [],
    settings: 'store',
  },
  {
    words: 'reprice',
    summary: 'Work out the costs of stored model calls anew, also beside a running server',
    flags: [
      {
        flag: 'since',
        value: 'days|date',
        meaning: 'Only calls that began in the last so many days, or from 2026-01-31 (default all)',
      },
      { flag: 'model', value: 'name', meaning: 'Only calls of exactly this model (default all)' },
    ],
    settings: 'store',
  },
  {
    words: 'remap',
    summary:
      'Derive the llm.* fields of stored OpenTelemetry spans anew, also beside a running server',
    flags: [{ flag: 'all', meaning: 'Also spans that the present rules have already derived' }],
    settings: 'store',
  },
  {
    words: 'clear',
    summary:
      'Delete all data and keep the schema, users, keys and settings; no server may run on it',
    flags: [
      yesFlag,
      {
        flag: 'with-keys',
        meaning: 'Delete users, API keys, settings and provider connections as well',
      },
    ],
    settings: 'store',
  },
  {
    words: 'schema',
    summary: 'Print the tables and indexes of the database as SQL',
    flags: [],
    settings: 'store',
  },
  {
    words: 'backup',
    takes: [{ word: 'file', meaning: 'where to put it; a file that exists is not replaced' }],
    summary: 'Copy the SQLite database to one file, also beside a running server',
    flags: [],
    settings: 'store',
  },
  {
    words: 'restore',
    takes: [{ word: 'file', meaning: 'what "backup" made' }],
    summary: 'Put a backup in the place of the SQLite database; no server may run on it',
    flags: [{ ...yesFlag, meaning: 'Do not ask before replacing a database that is there' }],
    settings: 'store',
  },
  {
    words: 'models list',
    summary: 'List the model files of this machine, as the server finds them',
    flags: [
      { flag: 'remote', meaning: 'Instead the models that have a short name for "models pull"' },
    ],
    settings: 'models',
  },
  {
    words: 'models pull',
    takes: modelArguments,
    summary:
      'Download a model file, or go on where a download was broken off; also beside a server',
    flags: [{ flag: 'revision', value: 'name', meaning: 'Branch, tag or commit (default main)' }],
    settings: 'models',
  },
  {
    words: 'models remove',
    takes: modelArguments,
    summary: 'Delete a model file, also beside a server',
    flags: [
      {
        flag: 'snapshot',
        value: 'commit',
        meaning: 'Branch or commit, where several have the file (default main)',
      },
    ],
    settings: 'models',
  },
]

/** Settings that a command takes as flags: all for `start`, what it needs for the others. */
export function optionsOf({
  settings,
}: CommandSpec): readonly (readonly [OptionName, OptionSpec])[] {
  const flags: readonly string[] = settings === 'all' ? [] : settingFlags[settings]
  return optionRows().filter(
    ([, { flag }]) => flag !== null && (settings === 'all' || flags.includes(flag)),
  )
}
