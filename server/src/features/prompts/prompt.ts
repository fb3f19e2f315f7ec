import { DomainError } from '../../platform/domain-error.ts'

export const promptRoles = ['system', 'user', 'assistant'] as const
export type PromptRole = (typeof promptRoles)[number]

export interface PromptMessage {
  readonly role: PromptRole
  readonly content: string
}

/** `html` is what a prompt without a choice has: entities stand for what HTML would read. */
export type PromptEscape = 'html' | 'none'

export interface PromptOptions {
  readonly acceptFileUpload?: boolean
  readonly webSearch?: boolean
  readonly escape?: PromptEscape
}

/** What a version says. Schemas are JSON text, exactly as they are shown. */
export interface PromptContent {
  readonly name: string
  /** The template; of a prompt of several messages their text one after the other. */
  readonly prompt: string
  /** Each content is a template; null for a prompt of one text. */
  readonly messages: readonly PromptMessage[] | null
  readonly schemaInput: string | null
  readonly schemaResponse: string | null
  readonly options: PromptOptions | null
}

export interface PromptVersion extends PromptContent {
  /** From 1. */
  readonly version: number
  /** Unix seconds. */
  readonly createdAt: number
}

/** A prompt with its whole history, the oldest first; it says what its newest version says. */
export interface Prompt {
  readonly id: string
  readonly versions: readonly PromptVersion[]
  readonly createdAt: number
  readonly updatedAt: number
}

/** A version of which the prompt is known. */
export interface FoundVersion extends PromptVersion {
  readonly promptId: string
}

/** The newest version. Every prompt has one. */
export function currentOf({ id, versions }: Prompt): PromptVersion {
  const current = versions.at(-1)
  if (current === undefined) throw new Error(`Prompt ${id} has no version`)
  return current
}

export function promptNotFound(id: string): DomainError {
  return new DomainError('not-found', `There is no prompt ${id}`)
}

export function versionNotFound(id: string, version: number): DomainError {
  return new DomainError('not-found', `The prompt ${id} has no version ${version}`)
}

export function nameTaken(name: string): DomainError {
  const details = { param: 'name' }
  return new DomainError('conflict', `There is a prompt ${JSON.stringify(name)} already`, {
    details,
  })
}
