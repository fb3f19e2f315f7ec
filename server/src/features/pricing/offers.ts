import { sellerOf, type Seller } from './seller.ts'

/** One place where a model's price may stand, to be asked in order. */
export type Offer =
  | { readonly by: 'seller'; readonly seller: string; readonly model: string }
  /** The company that makes the model, known by the model's name. */
  | { readonly by: 'maker'; readonly model: string }
  /** Any seller, if no more than one has the model. */
  | { readonly by: 'anyone'; readonly model: string }

/** Longer than any model's name; the bound keeps the lists' patterns off hostile text. */
const maxModelLength = 256

/**
 * Where to look for the price of `model`, best place first. A provider that is named is believed,
 * except that `openai` and `anthropic` are also dialects which others speak: there a model they do
 * not sell is looked up with its maker, and `openai/gpt-4o` is read as a router's name.
 */
export function offersOf(provider: string | null, model: string): readonly Offer[] {
  const name = model.trim().replace(/^models\//, '')
  if (name === '' || name.length > maxModelLength) return []
  const seller = sellerOf(provider)
  switch (seller.kind) {
    case 'unlisted':
      return []
    case 'listed': {
      const own: Offer = { by: 'seller', seller: seller.id, model: name }
      return isDialect(seller.id) ? [own, ...routedOrMade(name)] : [own]
    }
    case 'stranger':
      return routedOrMade(name)
    case 'untold': {
      const offers = routedOrMade(name)
      return offers.length === 0 ? [] : [...offers, { by: 'anyone', model: name }]
    }
  }
}

function isDialect(sellerId: string): boolean {
  return sellerId === 'openai' || sellerId === 'anthropic'
}

/** `provider/model` as routers write it, else the model's maker; nothing for a local model. */
function routedOrMade(name: string): readonly Offer[] {
  const routed = splitRoute(name)
  if (routed?.seller.kind === 'listed') {
    return [{ by: 'seller', seller: routed.seller.id, model: routed.model }]
  }
  if (routed?.seller.kind === 'unlisted' || isLocalName(name)) return []
  return [{ by: 'maker', model: name }]
}

function splitRoute(name: string): { seller: Seller; model: string } | undefined {
  const slash = name.indexOf('/')
  if (slash <= 0) return undefined
  return { seller: sellerOf(name.slice(0, slash)), model: name.slice(slash + 1) }
}

/** `llama3.2:3b`, `mistral:latest`: the tags of Ollama, which no seller uses. */
function isLocalName(name: string): boolean {
  return /:(?:latest|(?:\d+x)?\d+(?:\.\d+)?[bm](?:-.*)?)$/i.test(name)
}
