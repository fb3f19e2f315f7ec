/** Providers whose keys are kept; the name is also that of their built-in connection. */
export const keyProviders = ['openai', 'anthropic', 'google'] as const
export type KeyProvider = (typeof keyProviders)[number]

export function isKeyProvider(name: string): name is KeyProvider {
  return keyProviders.some((provider) => provider === name)
}

/** What a provider's key is sealed for. */
export const providerKeyPurpose = 'provider-key'
