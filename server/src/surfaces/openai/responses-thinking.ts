/** Thinking as far as its provider wants it back unchanged. */
export interface SignedThinking {
  readonly signature?: string
  /** The provider hid the text; `signature` is all there is. */
  readonly isRedacted?: boolean
}

const signed = 'pharos-signed:'
const redacted = 'pharos-redacted:'

/** A provider's signature as the `encrypted_content` of a reasoning item; null without one. */
export function sealThinking({ signature, isRedacted }: SignedThinking): string | null {
  if (signature === undefined) return null
  return `${isRedacted ? redacted : signed}${signature}`
}

/** What `sealThinking` sealed; null for content that another server encrypted. */
export function openThinking(content: string): SignedThinking | null {
  if (content.startsWith(signed)) return { signature: content.slice(signed.length) }
  if (!content.startsWith(redacted)) return null
  return { signature: content.slice(redacted.length), isRedacted: true }
}
