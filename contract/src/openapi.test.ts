import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { beaconOpenApi } from './beacon/document.ts'
import { toOpenApi } from './openapi.ts'
import { renderReferenceHtml, renderReferenceMarkdown } from './reference.ts'
import { defineRoute } from './route.ts'

const Leaf = z.object({ word: z.string() }).meta({ id: 'Leaf' })
const Tree = z.object({ leaves: z.array(Leaf), count: z.int() }).meta({ id: 'Tree' })

const grow = defineRoute({
  method: 'POST',
  path: '/trees/{tree_id}',
  summary: 'Grow <b>a & b</b> | c',
  ref: 'garden §1',
  access: 'traces:write',
  params: z.object({ tree_id: z.string() }),
  query: z.object({ deep: z.string().optional().meta({ description: 'How deep' }), q: z.string() }),
  body: Tree,
  reply: { 200: { json: Leaf.nullable(), media: 'text/csv' }, 204: { media: 'text/plain' } },
})
const look = defineRoute({
  method: 'GET',
  path: '/trees/{tree_id}',
  summary: 'Look',
  access: 'public',
  reply: { 200: Tree },
})

const garden = toOpenApi({ title: 'Garden', version: '1', routes: { grow, look } })

describe('toOpenApi', () => {
  it('puts named schemas under components, in order of name, and refers to them', () => {
    expect(Object.keys(garden.components.schemas)).toEqual(['Leaf', 'Tree'])
    expect(garden.components.schemas['Tree']).toEqual({
      type: 'object',
      properties: {
        leaves: { type: 'array', items: { $ref: '#/components/schemas/Leaf' } },
        count: { type: 'integer' },
      },
      required: ['leaves', 'count'],
    })
  })

  it('writes parameters, body, replies and who may call', () => {
    expect(garden.paths['/trees/{tree_id}']?.['post']).toEqual({
      operationId: 'grow',
      summary: 'Grow <b>a & b</b> | c',
      description: 'Needs the scope `traces:write` when the server asks for credentials.',
      'x-access': 'traces:write',
      'x-ref': 'garden §1',
      security: [{ apiKey: [] }, { bearer: [] }, { session: [] }, {}],
      parameters: [
        { name: 'tree_id', in: 'path', required: true, schema: { type: 'string' } },
        {
          name: 'deep',
          in: 'query',
          required: false,
          description: 'How deep',
          schema: { type: 'string' },
        },
        { name: 'q', in: 'query', required: true, schema: { type: 'string' } },
      ],
      requestBody: {
        required: true,
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Tree' } } },
      },
      responses: {
        200: {
          description: 'Done',
          content: {
            'application/json': {
              schema: { anyOf: [{ $ref: '#/components/schemas/Leaf' }, { type: 'null' }] },
            },
            'text/csv': { schema: { type: 'string' } },
          },
        },
        204: { description: 'Reply', content: { 'text/plain': { schema: { type: 'string' } } } },
      },
    })
  })

  it('keeps two methods of one path together and asks no credentials for a public one', () => {
    const operations = garden.paths['/trees/{tree_id}']
    expect(Object.keys(operations ?? {})).toEqual(['post', 'get'])
    expect(operations?.['get']?.security).toEqual([])
  })

  it('refers only to components that exist in the Beacon document', () => {
    const document = beaconOpenApi()
    expect(document.info).toMatchObject({ title: 'Beacon Backend', version: '0.1.0' })
    const text = JSON.stringify(document)
    const named = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map((match) => match[1])
    expect(named.length).toBeGreaterThan(50)
    const known = new Set(Object.keys(document.components.schemas))
    expect(named.filter((name) => name === undefined || !known.has(name))).toEqual([])
    expect(text).not.toContain('$defs')
  })
})

describe('the reference page', () => {
  it('escapes what the document says and needs no script', () => {
    const html = renderReferenceHtml(garden)
    expect(html).toContain('Grow &lt;b&gt;a &amp; b&lt;/b&gt; | c')
    expect(html).not.toContain('<b>')
    expect(html).not.toMatch(/<script|<link|src=/)
    expect(html).toContain('<a href="#leaf">Leaf</a>')
    expect(html).toContain('<h3 id="leaf">Leaf</h3>')
  })

  it('shows each route and field as Markdown tables that a bar cannot break', () => {
    const markdown = renderReferenceMarkdown(garden)
    expect(markdown).toContain('| `POST /trees/{tree_id}` | Grow &lt;b>a & b&lt;/b> \\| c |')
    expect(markdown).toContain('| `deep` | query | string | no | How deep |')
    expect(markdown).toContain('| `leaves` | list of [Leaf](#leaf) | yes |  |')
    expect(markdown).toContain('| `200` | Done | [Leaf](#leaf) or null or `text/csv` |')
  })
})
