import { z } from 'zod'
import type { Access, ReplySpec, RouteSpec } from './route.ts'

export type JsonSchema = Readonly<Record<string, unknown>>

export interface OpenApiParameter {
  readonly name: string
  readonly in: 'path' | 'query'
  readonly required: boolean
  readonly description?: string
  readonly schema: JsonSchema
}

type Content = Readonly<Record<string, { readonly schema: JsonSchema }>>

export interface OpenApiReply {
  readonly description: string
  readonly content: Content
}

export interface OpenApiOperation {
  readonly operationId: string
  readonly summary: string
  readonly description: string
  readonly 'x-access': Access
  readonly 'x-ref'?: string
  readonly security: ReadonlyArray<Readonly<Record<string, readonly string[]>>>
  readonly parameters?: readonly OpenApiParameter[]
  readonly requestBody?: { readonly required: true; readonly content: Content }
  readonly responses: Readonly<Record<string, OpenApiReply>>
}

export interface OpenApiDocument {
  readonly openapi: '3.1.0'
  readonly info: { readonly title: string; readonly version: string; readonly description?: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>
    readonly securitySchemes: Readonly<Record<string, JsonSchema>>
  }
}

export interface OpenApiInput {
  readonly title: string
  readonly version: string
  readonly description?: string
  readonly routes: Readonly<Record<string, RouteSpec>>
  /** Named schemas that no route mentions, for example the frames of a socket. */
  readonly schemas?: readonly z.ZodType[]
}

const securitySchemes = {
  apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
  bearer: { type: 'http', scheme: 'bearer' },
  session: { type: 'apiKey', in: 'cookie', name: 'bodhiapp_session_id' },
} as const

const statusWords: Readonly<Record<string, string>> = {
  200: 'Done',
  201: 'Created',
  400: 'Refused by a rule',
  401: 'No valid credentials',
  403: 'The caller lacks the scope',
  404: 'Not found',
  409: 'Exists already',
  413: 'The body is too large',
  415: 'The content type or encoding is not taken',
  422: 'The request does not fit its schema',
  429: 'Too many requests for now',
  500: 'A fault of the server',
  503: 'Temporarily not able to answer',
  508: 'The request would come back here',
}

/** One sentence on who may call a route with this access. */
export function accessSentence(access: Access): string {
  if (access === 'public') return 'Anyone who reaches the server may call this.'
  if (access === 'ingest') {
    return 'Who may call this is decided by the setting `--ingest-auth`; a key needs `traces:write`.'
  }
  if (access === 'known') {
    return 'Needs a login or any API key when the server asks for credentials.'
  }
  if (access === 'session') {
    return 'Needs a login when the server asks for credentials; an API key will not do.'
  }
  if (access.startsWith('session:')) {
    const scope = access.slice('session:'.length)
    return `Needs a login with the scope \`${scope}\` when the server asks for credentials; an API key will not do.`
  }
  return `Needs the scope \`${access}\` when the server asks for credentials.`
}

/**
 * Writes the routes as an OpenAPI 3.1 document. Schemas with a `meta({ id })` become components.
 * The result is plain JSON in a fixed order: routes as given, components by name.
 */
export function toOpenApi(input: OpenApiInput): OpenApiDocument {
  const { title, version, description, routes } = input
  const components = new Map<string, JsonSchema>()
  const paths: Record<string, Record<string, OpenApiOperation>> = {}
  for (const [name, route] of Object.entries(routes)) {
    const operations = (paths[route.path] ??= {})
    operations[route.method.toLowerCase()] = operationOf(name, route, components)
  }
  for (const schema of input.schemas ?? []) schemaOf(schema, components)
  const schemas = Object.fromEntries([...components].toSorted(([a], [b]) => (a < b ? -1 : 1)))
  return {
    openapi: '3.1.0',
    info: { title, version, ...(description === undefined ? {} : { description }) },
    paths,
    components: { schemas, securitySchemes },
  }
}

type Components = Map<string, JsonSchema>

function operationOf(name: string, route: RouteSpec, components: Components): OpenApiOperation {
  const parameters = [
    ...parametersOf('path', route.params, components),
    ...parametersOf('query', route.query, components),
  ]
  return {
    operationId: name,
    summary: route.summary,
    description: accessSentence(route.access),
    'x-access': route.access,
    ...(route.ref === undefined ? {} : { 'x-ref': route.ref }),
    security: securityOf(route.access),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(route.body === undefined
      ? {}
      : { requestBody: { required: true, content: bodyContent(route.body, route, components) } }),
    responses: Object.fromEntries(
      Object.entries(route.reply).map(([status, spec]) => [
        status,
        { description: statusWords[status] ?? 'Reply', content: contentOf(spec, components) },
      ]),
    ),
  }
}

function securityOf(access: Access): OpenApiOperation['security'] {
  if (access === 'public') return []
  const login = [{ bearer: [] }, { session: [] }, {}]
  return access.startsWith('session') ? login : [{ apiKey: [] }, ...login]
}

function parametersOf(
  place: 'path' | 'query',
  schema: z.ZodObject | undefined,
  components: Components,
): OpenApiParameter[] {
  if (schema === undefined) return []
  return Object.entries<z.core.$ZodType>(schema.shape).map(([name, field]) => {
    const { description, ...shown } = schemaOf(field, components)
    return {
      name,
      in: place,
      required: place === 'path' || !z.safeParse(field, undefined).success,
      ...(typeof description === 'string' ? { description } : {}),
      schema: shown,
    }
  })
}

function contentOf(spec: ReplySpec, components: Components): Content {
  if (spec instanceof z.ZodType) return jsonContent(spec, components)
  return {
    ...('json' in spec ? jsonContent(spec.json, components) : {}),
    [spec.media]: { schema: { type: 'string' } },
  }
}

function bodyContent(schema: z.ZodType, { bodyMedia }: RouteSpec, components: Components): Content {
  const further = bodyMedia === undefined ? {} : { [bodyMedia]: { schema: { type: 'string' } } }
  return { ...jsonContent(schema, components), ...further }
}

function jsonContent(schema: z.ZodType, components: Components): Content {
  return { 'application/json': { schema: schemaOf(schema, components) } }
}

/** A schema with an id is only given as a reference when it is nested, hence the wrapping. */
function schemaOf(schema: z.core.$ZodType, components: Components): JsonSchema {
  const wrapped = z.toJSONSchema(z.object({ it: schema }), {
    io: 'input',
    unrepresentable: 'any',
    target: 'draft-2020-12',
    override: ({ jsonSchema }) => dropSafeBounds(jsonSchema),
  })
  for (const [id, definition] of Object.entries(wrapped.$defs ?? {})) {
    components.set(id, withComponentRefs(definition))
  }
  return withComponentRefs(wrapped.properties?.['it'] ?? {})
}

/** Every integer is within what a double holds exactly: said once, it need not be said each time. */
function dropSafeBounds(schema: z.core.JSONSchema.BaseSchema) {
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum
}

function withComponentRefs(schema: unknown): JsonSchema {
  const text = JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/')
  return parsedSchema(text)
}

/** JSON text of an object, as written one line above. */
function parsedSchema(text: string): JsonSchema {
  return JSON.parse(text) as JsonSchema
}
