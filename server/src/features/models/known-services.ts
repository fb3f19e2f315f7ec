import type { BuiltIn } from './built-in.ts'

/** Kinds of connections that are no models to chat with. Source: rulings §1. */
export type ServiceKind = 'voyage'

/**
 * Providers of something beside chats: of embeddings. They are connections of the same table under
 * their own name, which `provider:model` and lists of models do not know.
 */
export const services = {
  voyageai: {
    kind: 'voyage',
    label: 'Voyage AI',
    baseUrl: 'https://api.voyageai.com/v1',
    needsKey: true,
  },
} as const satisfies Readonly<
  Record<string, Omit<BuiltIn, 'kind'> & { readonly kind: ServiceKind }>
>

export type ServiceName = keyof typeof services

export const serviceNames = Object.keys(services).filter(isService)

export function isService(name: string): name is ServiceName {
  return Object.hasOwn(services, name)
}
