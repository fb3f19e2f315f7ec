import { isJsonObject, type JsonObject } from '../../platform/json.ts'
import { toStorableText } from '../../platform/db/storable-text.ts'
import { joined } from './compile-prompt.ts'
import type { PromptContent, PromptMessage, PromptOptions } from './prompt.ts'

/** What is asked for a prompt. A list without messages means none. */
export interface GivenContent {
  readonly name: string
  /** May be missing where there are messages. */
  readonly prompt?: string
  readonly messages?: readonly PromptMessage[]
  readonly schemaInput?: JsonObject
  readonly schemaResponse?: JsonObject
  readonly options?: PromptOptions
}

export type PromptChanges = Partial<GivenContent>

/** The first version. */
export function planContent(given: GivenContent): PromptContent {
  return {
    name: toStorableText(given.name),
    ...planText(given),
    schemaInput: toStoredSchema(given.schemaInput),
    schemaResponse: toStoredSchema(given.schemaResponse),
    options: given.options ?? null,
  }
}

/**
 * What the next version says; undefined if nothing changes. Name, text and options are those of the
 * version before where they are not sent. Schemas are not: one that is not sent is gone. A schema
 * counts as changed by its text, before it is closed. Messages go with a text that changes without
 * them, since the text is what a client then sees. Source: hypersigil contract §2.5.
 */
export function planNextContent(
  current: PromptContent,
  changes: PromptChanges,
): PromptContent | undefined {
  if (!isChange(current, changes)) return undefined
  const { name = current.name, options = current.options } = changes
  return {
    name: toStorableText(name),
    ...planNextText(current, changes),
    schemaInput: toStoredSchema(changes.schemaInput),
    schemaResponse: toStoredSchema(changes.schemaResponse),
    options,
  }
}

function isChange(current: PromptContent, changes: PromptChanges): boolean {
  const { name, prompt, messages, schemaInput, schemaResponse, options } = changes
  return (
    (name !== undefined && toStorableText(name) !== current.name) ||
    (prompt !== undefined && toStorableText(prompt) !== current.prompt) ||
    (messages !== undefined && !isSame(messages, current.messages ?? [])) ||
    (schemaInput !== undefined && JSON.stringify(schemaInput) !== current.schemaInput) ||
    (schemaResponse !== undefined && JSON.stringify(schemaResponse) !== current.schemaResponse) ||
    (options !== undefined && !isSame(options, current.options))
  )
}

function isSame(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right)
}

type Text = Pick<PromptContent, 'prompt' | 'messages'>

function planNextText(current: PromptContent, { prompt, messages }: PromptChanges): Text {
  if (messages !== undefined) {
    return planText({ messages, prompt: prompt ?? (messages.length > 0 ? '' : current.prompt) })
  }
  const text = prompt === undefined ? current.prompt : toStorableText(prompt)
  return { prompt: text, messages: text === current.prompt ? current.messages : null }
}

/** What messages say is the text, whatever else was sent as such: clients may know only that. */
function planText({ prompt = '', messages = [] }: Pick<GivenContent, 'prompt' | 'messages'>): Text {
  if (messages.length === 0) return { prompt: toStorableText(prompt), messages: null }
  const stored = messages.map(({ role, content }) => ({ role, content: toStorableText(content) }))
  return { prompt: joined(stored.map(({ content }) => content)), messages: stored }
}

function toStoredSchema(schema: JsonObject | undefined): string | null {
  return schema === undefined ? null : JSON.stringify(closed(schema))
}

/** Every object that describes objects refuses members it does not name, unless it says otherwise. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed)
  if (!isJsonObject(value)) return value
  const members = Object.entries(value).map(([key, member]): [string, unknown] => [
    key,
    closed(member),
  ])
  const isOpen = value['type'] === 'object' && !Object.hasOwn(value, 'additionalProperties')
  return Object.fromEntries(isOpen ? [...members, ['additionalProperties', false]] : members)
}
