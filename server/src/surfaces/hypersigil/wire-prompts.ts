import type {
  NewPrompt,
  Prompt as WirePrompt,
  PromptChanges as WireChanges,
  PromptVersion as WireVersion,
} from '@pharos/contract/hypersigil/prompts.ts'
import {
  currentOf,
  type Prompt,
  type PromptChanges,
  type PromptContent,
  type PromptPageWriter,
  type PromptVersion,
} from '../../features/prompts/index.ts'
import { parseObject } from '../../platform/json.ts'
import { withoutUndefined } from '../../platform/without-undefined.ts'
import { toTime } from '../../platform/iso-time.ts'
import { toPage } from './envelopes.ts'

export function toPrompt(prompt: Prompt): WirePrompt {
  const current = currentOf(prompt)
  return {
    id: prompt.id,
    ...toContent(current),
    current_version: current.version,
    versions: prompt.versions.map(toVersion),
    created_at: toTime(prompt.createdAt),
    updated_at: toTime(prompt.updatedAt),
  }
}

function toVersion(version: PromptVersion): WireVersion {
  const { version: number, createdAt } = version
  return { version: number, ...toContent(version), created_at: toTime(createdAt) }
}

function toContent(content: PromptContent) {
  const { name, prompt, messages, schemaResponse, schemaInput, options } = content
  return {
    name,
    prompt,
    ...(messages !== null && { messages: [...messages] }),
    ...(schemaResponse !== null && { json_schema_response: parseObject(schemaResponse) }),
    ...(schemaInput !== null && { json_schema_input: parseObject(schemaInput) }),
    ...(options !== null && { options }),
  }
}

/**
 * A page of prompts as the text of a reply. Runs where the rows are read.
 * @public loaded by name
 */
export const writePromptPage: PromptPageWriter = ({ prompts, total }, { limit, offset }) =>
  JSON.stringify({
    data: toPage(prompts.map(toPrompt), { page: offset / limit + 1, limit, total }),
  })

export const promptPageWriter = { module: import.meta.url, name: 'writePromptPage' }

export function fromNewPrompt(body: NewPrompt) {
  return { name: body.name, ...fromChanges(body) }
}

export function fromChanges(body: Omit<WireChanges, 'name'>): Omit<PromptChanges, 'name'> {
  const { prompt, messages, options } = body
  return {
    ...withoutUndefined({
      prompt,
      messages,
      schemaInput: body.json_schema_input,
      schemaResponse: body.json_schema_response,
    }),
    ...(options !== undefined && { options: withoutUndefined(options) }),
  }
}
