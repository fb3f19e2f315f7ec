import { describe, expect, it } from 'vitest'
import { builtBody, type Kind } from '../../../../test/support/built-body.ts'
import { fromChatMessages, toChatMessages } from '../chat-messages.ts'
import type { ContentPart, Message } from '../request.ts'
import { acceptsDocuments, type DocumentPart } from './documents.ts'
import { adapterOf } from './index.ts'

const text: ContentPart = { type: 'text', text: 'What is this?' }

function file(mediaType: string, content = 'A', name?: string): DocumentPart {
  const base64 = Buffer.from(content).toString('base64')
  return { type: 'document', mediaType, base64, ...(name === undefined ? {} : { name }) }
}

const pdf = file('application/pdf', '%PDF', 'report.pdf')
const png = file('Image/PNG; x=y', 'png', 'a.png')
const csv = file('text/csv; charset=utf-8', 'größe,1', 'sizes.csv')
const json = file('application/json', '{"a":1}')
const word = file('application/msword', 'doc', 'old.doc')

/** The content of the one message of a user, as a dialect has it. */
function contentFor(kind: Kind, ...parts: readonly ContentPart[]): unknown {
  const { body } = shown(kind, parts)
  const list = body[kind === 'google' ? 'contents' : 'messages']
  const [message]: readonly Record<string, unknown>[] = Array.isArray(list) ? list : []
  return kind === 'google' ? message?.['parts'] : message?.['content']
}

function shown(kind: Kind, parts: readonly ContentPart[]) {
  const messages: Message[] = [{ role: 'user', content: [text, ...parts] }]
  return builtBody(kind, { messages })
}

const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,cG5n' } }

describe('an attached file', () => {
  it('is shown to Anthropic as a document, what can be read as text', () => {
    expect(contentFor('anthropic', pdf, png, csv, json)).toEqual([
      text,
      {
        type: 'document',
        source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERg==' },
        title: 'report.pdf',
      },
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'cG5n' } },
      {
        type: 'document',
        source: { type: 'text', media_type: 'text/plain', data: 'größe,1' },
        title: 'sizes.csv',
      },
      { type: 'document', source: { type: 'text', media_type: 'text/plain', data: '{"a":1}' } },
    ])
  })

  it('of a type that Anthropic may come to know is left to its judgement', () => {
    expect(contentFor('anthropic', word)).toMatchObject([
      text,
      { type: 'document', source: { type: 'base64', media_type: 'application/msword' } },
    ])
  })

  it('is shown to Google in its bytes', () => {
    const inline = (mimeType: string, data: string) => ({ inlineData: { mimeType, data } })
    expect(contentFor('google', pdf, png, csv, json)).toEqual([
      { text: 'What is this?' },
      inline('application/pdf', 'JVBERg=='),
      inline('image/png', 'cG5n'),
      inline('text/csv', csv.base64),
      inline('application/json', json.base64),
    ])
  })

  it('is shown to OpenAI as a file or as the text it is', () => {
    expect(contentFor('openai', pdf, png, csv, json)).toEqual([
      text,
      {
        type: 'file',
        file: { filename: 'report.pdf', file_data: 'data:application/pdf;base64,JVBERg==' },
      },
      image,
      { type: 'text', text: 'sizes.csv:\n\ngröße,1' },
      { type: 'text', text: 'document:\n\n{"a":1}' },
    ])
  })

  it('that is an image is one to servers that know no other files', () => {
    expect(contentFor('openai-compatible', png)).toEqual([text, image])
    expect(shown('ollama', [png]).body['messages']).toEqual([
      { role: 'user', content: 'What is this?', images: ['cG5n'] },
    ])
  })

  it.each([
    [
      'openai',
      word,
      'OpenAI cannot be shown the attachment (old.doc): it takes no application/msword',
    ],
    [
      'google',
      word,
      'Google cannot be shown the attachment (old.doc): it takes no application/msword',
    ],
    [
      'google',
      file('', 'x'),
      'Google cannot be shown the attachment: it takes no file without a media type',
    ],
    [
      'openai-compatible',
      pdf,
      'The provider cannot be shown the attachment (report.pdf): it takes no application/pdf',
    ],
    ['ollama', csv, 'Ollama cannot be shown the attachment (sizes.csv): it takes no text/csv'],
    ['local', png, 'The local engine takes no image in a message of user'],
  ] as const)('is never left out in silence: %s', (kind, part, message) => {
    const messages: Message[] = [{ role: 'user', content: [text, part] }]
    const request = { model: 'm', messages, options: {} }
    const address = { baseUrl: 'http://h', apiKey: null }
    const { warnings, body } = adapterOf(kind).buildRequest(request, address, 'whole')
    expect(warnings).toEqual([{ option: 'messages', message }])
    expect(JSON.stringify(body)).not.toContain(part.base64 || 'document')
  })

  it('has no place but in what the user says', () => {
    const messages: Message[] = [{ role: 'assistant', content: [text, pdf] }]
    for (const kind of ['openai', 'anthropic', 'google'] as const) {
      expect(builtBody(kind, { messages }).warned).toEqual(['messages'])
    }
  })

  it('is told of in a stored prompt, which cannot be sent again without it', () => {
    const stored = toChatMessages([{ role: 'user', content: [text, pdf, png] }])
    expect(stored).toEqual([
      {
        role: 'user',
        content: [
          text,
          {
            type: 'file',
            file: { filename: 'report.pdf', media_type: 'application/pdf', size_bytes: 4 },
          },
          { type: 'file', file: { filename: 'a.png', media_type: 'image/png', size_bytes: 3 } },
        ],
      },
    ])
    expect(() => fromChatMessages(stored)).toThrow('cannot be sent again')
  })

  it('can be shown to providers that take more than images', () => {
    const kinds = ['openai', 'anthropic', 'google', 'openai-compatible', 'ollama', 'local'] as const
    expect(kinds.filter(acceptsDocuments)).toEqual(['openai', 'anthropic', 'google'])
  })
})
