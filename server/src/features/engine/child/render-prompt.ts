import { Template } from '@huggingface/jinja'
import { isJsonObject, type JsonObject } from '../../../platform/json.ts'
import type { Prompt } from '../engine-protocol.ts'
import { badField, RefusedError } from './refusal.ts'

type ChatPrompt = Extract<Prompt, { kind: 'chat' }>

/** The texts of tokens that templates print. */
export interface SpecialTexts {
  readonly bos: string | null
  readonly eos: string | null
}

/**
 * A model's chat template, in Jinja as Hugging Face's libraries run it. Rendering is limited by
 * whoever calls; what a template refuses is the request's fault.
 */
export class ChatTemplate {
  readonly #template: Template
  readonly #wantsParts: boolean

  /** Throws RefusedError. */
  constructor(source: string) {
    this.#template = parse(source)
    this.#wantsParts = wantsParts(source)
  }

  /** The text that the model is asked with. Throws RefusedError. */
  render(prompt: ChatPrompt, special: SpecialTexts): string {
    const messages = prompt.messages.map((message, at) =>
      shownMessage(message, { at, wantsParts: this.#wantsParts }),
    )
    const variables = {
      add_generation_prompt: true,
      bos_token: special.bos ?? '',
      eos_token: special.eos ?? '',
      unk_token: '',
      pad_token: '',
      documents: null,
      ...prompt.variables,
      messages,
      tools: prompt.tools.length > 0 ? prompt.tools : null,
    }
    try {
      return this.#template.render(variables)
    } catch (error) {
      throw templateError(error)
    }
  }
}

/** What is said of a template that cannot be read or that refuses its messages. */
export function templateError(error: unknown): RefusedError {
  const reason = error instanceof Error ? error.message : String(error)
  const message = `The chat template cannot render these messages: ${reason}`
  return new RefusedError({ status: 400, code: 'chat_template_error', message, param: 'messages' })
}

function parse(source: string): Template {
  try {
    return new Template(source)
  } catch (error) {
    throw templateError(error)
  }
}

/** Some templates walk through the parts of every content and know no plain text. */
function wantsParts(source: string): boolean {
  const walks = /\bfor\s+\w+\s+in\s+message(?:\.content|\[\s*['"]content['"]\s*\])/u.test(source)
  return walks && !/\bis\s+(?:not\s+)?string\b/u.test(source)
}

interface Shape {
  readonly at: number
  readonly wantsParts: boolean
}

function shownMessage(message: JsonObject, shape: Shape): JsonObject {
  const calls: unknown = message['tool_calls']
  const text = contentText(message['content'], shape.at)
  return {
    ...message,
    content: shape.wantsParts ? [{ type: 'text', text }] : text,
    ...(Array.isArray(calls) ? { tool_calls: calls.map(shownCall) } : {}),
  }
}

function contentText(content: unknown, at: number): string {
  if (content === null || content === undefined) return ''
  if (typeof content === 'string') return content
  const path = `messages[${at}].content`
  if (!Array.isArray(content)) throw badField(path, `${path}: expected a text or a list of parts`)
  return content.map((part) => partText(part, path)).join('\n')
}

function partText(part: unknown, path: string): string {
  if (typeof part === 'string') return part
  if (isJsonObject(part) && typeof part['text'] === 'string') return part['text']
  const type = isJsonObject(part) ? String(part['type']) : typeof part
  throw badField(path, `${path}: this model reads text only, not ${type}`, 'unsupported_content')
}

/** Templates print arguments as an object; OpenAI's clients send them as JSON text. */
function shownCall(call: unknown): unknown {
  if (!isJsonObject(call) || !isJsonObject(call['function'])) return call
  const called = call['function']
  const given = called['arguments']
  if (typeof given !== 'string') return call
  return { ...call, function: { ...called, arguments: argumentsOf(given) } }
}

function argumentsOf(text: string): unknown {
  if (text.trim() === '') return {}
  try {
    const value: unknown = JSON.parse(text)
    return isJsonObject(value) ? value : text
  } catch {
    return text
  }
}
