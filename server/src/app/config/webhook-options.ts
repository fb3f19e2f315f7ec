import type { OptionSpec } from './option-spec.ts'

/** How receivers of webhooks know that a notice is ours. */
export const webhookOptions = {
  webhookSignatureKey: {
    group: 'access',
    flag: null,
    env: ['PHAROS_WEBHOOK_SIGNATURE_KEY', 'WEBHOOK_SIGNATURE_KEY'],
    file: null,
    kind: 'text',
    minBytes: 32,
    fallback: null,
    optional: true,
    secret: true,
    meaning:
      'Key that signs webhooks to destinations without a key of their own: 32 bytes or more. Without it one is derived from the key that seals stored secrets',
  },
} as const satisfies Readonly<Record<string, OptionSpec>>
