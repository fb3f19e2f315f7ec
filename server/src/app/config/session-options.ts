import type { OptionSpec } from './option-spec.ts'

/** How logins are signed and how long they last. */
export const sessionOptions = {
  authSecretKey: {
    group: 'access',
    flag: null,
    env: ['PHAROS_AUTH_SECRET_KEY', 'AUTH_SECRET_KEY'],
    file: null,
    kind: 'text',
    minBytes: 32,
    fallback: null,
    optional: true,
    secret: true,
    meaning:
      'Key that signs session tokens: 32 bytes or more. Without it one is derived from the key that seals stored secrets',
  },
  tokenMaxAgeDays: {
    group: 'access',
    flag: 'token-max-age-days',
    env: ['PHAROS_TOKEN_MAX_AGE_DAYS', 'TOKEN_MAX_AGE_DAYS'],
    file: 'token-max-age-days',
    kind: 'number',
    moreThan: 0,
    max: 3650,
    fallback: '30',
    meaning: 'Days after which who has logged in with a password must do so again',
  },
} as const satisfies Readonly<Record<string, OptionSpec>>
