const aliasPrefix = 'alias'

/** `provider:model`, split at the first colon; undefined where a half is empty. */
export function splitModel(
  name: string,
): { readonly provider: string; readonly model: string } | undefined {
  const colon = name.indexOf(':')
  if (colon < 1 || colon === name.length - 1) return undefined
  return { provider: name.slice(0, colon), model: name.slice(colon + 1) }
}

/**
 * The name by which the gateway knows a model: `gemini` is `google` there, any other connection and
 * `local` are called the same, and `alias` stands for an alias or a router. Source: rulings §4.
 */
export function modelNameOf(provider: string, model: string): string {
  if (provider === aliasPrefix) return model
  return `${connectionOf(provider)}/${model}`
}

/** What the gateway calls a provider: one that has two names is one. */
export function connectionOf(provider: string): string {
  return provider === 'gemini' ? 'google' : provider
}
