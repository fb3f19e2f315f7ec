/** The part of the API that other software calls, in OpenAPI 3.0. Source: hypersigil contract §1.0. */
import { z } from 'zod'
import type { ReplySpec, RouteSpec } from '../route.ts'
import { hypersigilRoutes } from './routes.ts'

type Schema = Readonly<Record<string, unknown>>

/** As clients know the paths: roots of collections end in a slash. */
const published = [
  ['GET', '/api/v1/executions/{id}'],
  ['POST', '/api/v1/executions/'],
  ['POST', '/api/v1/prompts/preview'],
  ['GET', '/api/v1/prompts/{id}'],
  ['POST', '/api/v1/files/'],
  ['POST', '/api/v1/deployments/run/{name}'],
] as const

/** What `GET /api/json-schema` gives: no components, no servers, every schema in its place. */
export function hypersigilPublicDocument() {
  const paths: Record<string, Record<string, Schema>> = {}
  for (const [method, path] of published) {
    const route = findRoute(method, path.replace(/\/$/u, ''))
    if (route) (paths[path] ??= {})[method.toLowerCase()] = operationOf(route)
  }
  const title = 'Hypesigil API'
  return { openapi: '3.0.0' as const, info: { title, version: '0.1', description: title }, paths }
}

function findRoute(method: string, path: string): RouteSpec | undefined {
  const routes: readonly RouteSpec[] = Object.values(hypersigilRoutes)
  return routes.find((route) => route.method === method && route.path === path)
}

function operationOf(route: RouteSpec): Schema {
  const parameters = [...parametersOf('path', route.params), ...parametersOf('query', route.query)]
  const { body } = route
  const replies = Object.entries(route.reply).map(([status, spec]) => [status, replyOf(spec)])
  return {
    summary: route.summary,
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { required: true, content: jsonContent(body) } }),
    responses: Object.fromEntries(replies),
  }
}

function parametersOf(place: 'path' | 'query', schema: z.ZodObject | undefined): Schema[] {
  return Object.entries<z.core.$ZodType>(schema?.shape ?? {}).map(([name, field]) => {
    const { description, ...shown } = schemaOf(field)
    const required = place === 'path' || !z.safeParse(field, undefined).success
    return {
      name,
      in: place,
      required,
      ...(description !== undefined && { description }),
      schema: shown,
    }
  })
}

function replyOf(spec: ReplySpec): Schema {
  const description = 'Reply'
  if (spec instanceof z.ZodType) return { description, content: jsonContent(spec) }
  return { description, ...('json' in spec && { content: jsonContent(spec.json) }) }
}

function jsonContent(schema: z.core.$ZodType): Schema {
  return { 'application/json': { schema: schemaOf(schema) } }
}

/** A schema with an id is only given as a reference when it is nested, hence the wrapping. */
function schemaOf(schema: z.core.$ZodType): Schema {
  const wrapped = z.toJSONSchema(z.object({ it: schema }), {
    io: 'input',
    unrepresentable: 'any',
    target: 'openapi-3.0',
    override: ({ jsonSchema }) => dropForeign(jsonSchema),
  })
  const { properties = {}, definitions } = wrapped
  const whole = inlined(properties['it'], isSchema(definitions) ? definitions : {}, [])
  return isSchema(whole) ? whole : {}
}

/** Bounds that every integer has, and what OpenAPI 3.0 has no word for. */
function dropForeign(schema: z.core.JSONSchema.BaseSchema): void {
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum
  delete schema.propertyNames
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Every reference replaced by what it names; one within itself by a schema of anything. */
function inlined(value: unknown, named: Schema, within: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => inlined(item, named, within))
  if (!isSchema(value)) return value
  const { $ref: reference } = value
  if (typeof reference === 'string') {
    const name = reference.slice(reference.lastIndexOf('/') + 1)
    return within.includes(name) ? {} : inlined(named[name], named, [...within, name])
  }
  const members = Object.entries(value).map(([key, inner]) => [key, inlined(inner, named, within)])
  return Object.fromEntries(members)
}
