import type { Access } from '@pharos/contract/route.ts'
import { hypersigilAccess } from './hypersigil/access-table.ts'

/** Served with 500 where the operator has named no issuer of logins. Source: bodhi contract §1.7. */
export const needsIssuer: ReadonlySet<string> = new Set([
  'GET /app/login',
  'GET /app/login/',
  'GET /app/login/callback',
])

/**
 * Who may call each mounted route, decided by people. A route that is not here fails the sweep, as
 * does one that the code lets somebody else call. Source: rulings §2, §3 and the contracts.
 */
export const reviewedAccess: Readonly<Record<string, Access>> = {
  'GET /health': 'public',
  'GET /healthz': 'public',
  'GET /ping': 'public',

  'POST /v1/spans': 'ingest',
  'POST /v1/ingest': 'ingest',
  'POST /v1/otlp/traces': 'ingest',
  'POST /v1/traces': 'ingest',
  'POST /api/public/otel/v1/traces': 'ingest',
  'GET /v1/spans/{span_id}': 'traces:read',
  'PUT /v1/spans/{span_id}/annotations': 'traces:write',
  'GET /v1/spans/{span_id}/prompt-versions': 'traces:read',
  'POST /v1/spans/{span_id}/prompt-versions': 'traces:write',

  'GET /v1/traces': 'traces:read',
  'DELETE /v1/traces': 'traces:write',
  'GET /v1/traces/baseline': 'traces:read',
  'GET /v1/traces/{trace_id}': 'traces:read',
  'DELETE /v1/traces/{trace_id}': 'traces:write',
  'GET /v1/traces/{trace_id}/graph': 'traces:read',
  'PUT /v1/traces/{trace_id}/tags': 'traces:write',
  'GET /v1/traces/export': 'traces:read',
  'POST /v1/traces/import': 'traces:write',
  'GET /v1/traces/{trace_id}/export': 'traces:read',

  'GET /v1/settings/api-keys': 'settings:manage',
  'PUT /v1/settings/api-keys': 'settings:manage',
  'DELETE /v1/settings/api-keys/{provider}': 'settings:manage',

  'POST /v1/playground/chat': 'completions:run',
  'POST /v1/playground/compare': 'completions:run',
  'POST /v1/playground/compare-prompts': 'completions:run',
  'GET /v1/demo/scenarios': 'models:read',
  'POST /v1/demo/run': 'completions:run',
  'DELETE /v1/demo/runs/{trace_id}': 'completions:run',

  'GET /v1/search': 'traces:read',
  'GET /v1/stats': 'traces:read',
  'GET /v1/stats/trends': 'traces:read',
  'GET /v1/stats/top-costs': 'traces:read',
  'GET /v1/stats/top-duration': 'traces:read',
  'GET /ws/live': 'traces:read',
  'GET /logs/stream': 'logs:read',
  'POST /logs/stream/ticket': 'logs:read',

  'POST /auth/bootstrap': 'public',
  'GET /auth/validate': 'logs:read',
  'GET /auth/me': 'logs:read',
  'GET /auth/keys': 'keys:manage',
  'POST /auth/keys': 'keys:manage',
  'PUT /auth/keys': 'keys:manage',
  'DELETE /auth/keys': 'keys:manage',

  'GET /v1/spans/{span_id}/cost': 'traces:read',
  'POST /v1/replay': 'completions:run',
  'GET /v1/spans/{span_id}/replays': 'traces:read',
  'GET /v1/replays/{replay_id}': 'traces:read',
  'POST /v1/analysis/root-cause': 'completions:run',
  'POST /v1/analysis/cost-optimization': 'completions:run',
  'POST /v1/analysis/prompt-suggestions': 'completions:run',
  'POST /v1/analysis/anomalies': 'completions:run',
  'POST /v1/analysis/error-patterns': 'completions:run',
  'POST /v1/analysis/compare': 'completions:run',
  'POST /v1/analysis/summarize': 'completions:run',

  'GET /logs': 'logs:read',
  'GET /logs/api-keys': 'logs:read',
  'GET /logs/{request_id}': 'public',
  'DELETE /logs/{request_id}': 'logs:write',
  'POST /logs/{request_id}/public': 'logs:write',
  'DELETE /logs/{request_id}/public': 'logs:write',
  'GET /logs/{request_id}/favorite': 'public',
  'POST /logs/{request_id}/favorite': 'logs:write',
  'DELETE /logs/{request_id}/favorite': 'logs:write',
  'GET /logs/{request_id}/tags': 'public',
  'POST /logs/{request_id}/tags': 'logs:write',
  'DELETE /logs/{request_id}/tags': 'logs:write',
  'GET /logs/{request_id}/discussions': 'public',
  'POST /logs/{request_id}/discussions': 'logs:write',
  'GET /logs/{request_id}/discussions/{discussion_id}': 'public',
  'PUT /logs/{request_id}/discussions/{discussion_id}': 'logs:write',
  'DELETE /logs/{request_id}/discussions/{discussion_id}': 'logs:write',
  'GET /logs/{request_id}/collections': 'logs:read',
  'POST /logs/{request_id}/collections': 'logs:write',
  'DELETE /logs/{request_id}/collections': 'logs:write',

  'GET /collections': 'logs:read',
  'POST /collections': 'logs:write',
  'GET /collections/{collection_id}': 'logs:read',
  'PUT /collections/{collection_id}': 'logs:write',
  'DELETE /collections/{collection_id}': 'logs:write',
  'POST /collections/{collection_id}/requests': 'logs:write',
  'DELETE /collections/{collection_id}/requests': 'logs:write',
  'POST /collections/{collection_id}/public': 'logs:write',
  'DELETE /collections/{collection_id}/public': 'logs:write',
  'GET /share/request/{public_token}': 'public',
  'GET /share/request/{public_token}/og-image.png': 'public',
  'GET /share/{collection_token}/request/{request_id}': 'public',
  'GET /share/{public_token}': 'public',
  'GET /playground': 'public',
  'GET /playground/og-image.png': 'public',

  'POST /playground/api-key': 'completions:run',
  'POST /playground/mods/generate': 'completions:run',
  'POST /playground/mods/upload': 'completions:run',
  'POST /playground/inference': 'completions:run',
  'POST /playground/features/extract': 'completions:run',
  'POST /playground/features/analyze': 'completions:run',

  'POST /playground/activations/run': 'completions:run',
  'POST /playground/activations/extract': 'completions:run',
  'GET /playground/activations/runs': 'completions:run',
  'GET /playground/activations/health': 'completions:run',
  'GET /playground/activations/{request_id}/summary': 'completions:run',
  'GET /playground/activations/{request_id}/rows': 'completions:run',
  'GET /playground/activations/{request_id}/top-features': 'completions:run',
  'GET /playground/activations/{request_id}/feature-deltas': 'completions:run',
  'DELETE /playground/activations/{request_id}': 'completions:run',

  'POST /v1/chat/completions': 'completions:run',
  'POST /v1/completions': 'completions:run',
  'POST /v1/responses': 'completions:run',
  'GET /v1/responses/{response_id}': 'completions:run',
  'POST /v1/embeddings': 'embeddings:run',
  'GET /v1/models': 'models:read',
  'GET /v1/models/{id}': 'models:read',
  'POST /v1/messages': 'completions:run',
  'POST /anthropic/v1/messages': 'completions:run',
  'POST /v1/messages/count_tokens': 'completions:run',
  'POST /anthropic/v1/messages/count_tokens': 'completions:run',
  'POST /api/chat': 'completions:run',
  'POST /api/generate': 'completions:run',
  'POST /api/embed': 'embeddings:run',
  'POST /api/embeddings': 'embeddings:run',
  'GET /api/tags': 'models:read',
  'POST /api/show': 'models:read',
  'GET /api/ps': 'models:read',
  'GET /api/version': 'public',

  'GET /app/login': 'public',
  'GET /app/login/': 'public',
  'GET /app/login/callback': 'public',
  'POST /bodhi/v1/auth/initiate': 'public',
  'POST /bodhi/v1/auth/callback': 'public',

  'GET /api/v1/connections': 'models:read',
  'POST /api/v1/connections': 'models:manage',
  'GET /api/v1/connections/{name}': 'models:read',
  'PUT /api/v1/connections/{name}': 'models:manage',
  'DELETE /api/v1/connections/{name}': 'models:manage',
  'POST /api/v1/connections/{name}/test': 'models:manage',
  'GET /api/v1/aliases': 'models:read',
  'POST /api/v1/aliases': 'models:manage',
  'GET /api/v1/aliases/{name}': 'models:read',
  'PUT /api/v1/aliases/{name}': 'models:manage',
  'DELETE /api/v1/aliases/{name}': 'models:manage',
  'GET /api/v1/providers': 'models:read',
  'GET /api/v1/audit': 'audit:read',

  'GET /bodhi/v1/info': 'public',
  'POST /bodhi/v1/setup': 'public',
  'GET /bodhi/v1/user': 'public',
  'POST /bodhi/v1/logout': 'public',
  'GET /bodhi/v1/tokens': 'session:tokens:own',
  'POST /bodhi/v1/tokens': 'session:tokens:own',
  'PUT /bodhi/v1/tokens/{id}': 'session:tokens:own',
  'DELETE /bodhi/v1/tokens/{id}': 'session:tokens:own',
  'GET /bodhi/v1/models': 'models:read',
  'GET /bodhi/v1/models/{alias}': 'models:read',
  'POST /bodhi/v1/models': 'models:manage',
  'PUT /bodhi/v1/models/{alias}': 'models:manage',
  'DELETE /bodhi/v1/models/{alias}': 'models:manage',
  'POST /bodhi/v1/models/{alias}/copy': 'models:manage',
  'POST /bodhi/v1/models/{alias}/template': 'models:read',
  'POST /bodhi/v1/models/alias': 'models:manage',
  'PUT /bodhi/v1/models/alias/{id}': 'models:manage',
  'DELETE /bodhi/v1/models/alias/{id}': 'models:manage',
  'POST /bodhi/v1/models/alias/{id}/copy': 'models:manage',
  'GET /bodhi/v1/modelfiles': 'models:read',
  'DELETE /bodhi/v1/modelfiles': 'models:manage',
  'POST /bodhi/v1/modelfiles/update': 'models:manage',
  'GET /bodhi/v1/models/files': 'models:read',
  'POST /bodhi/v1/models/refresh': 'models:manage',
  'GET /bodhi/v1/queue': 'models:manage',
  'GET /bodhi/v1/modelfiles/pull': 'models:manage',
  'POST /bodhi/v1/modelfiles/pull': 'models:manage',
  'POST /bodhi/v1/modelfiles/pull/{alias}': 'models:manage',
  'GET /bodhi/v1/modelfiles/pull/{id}': 'models:manage',
  'DELETE /bodhi/v1/modelfiles/pull/{id}': 'models:manage',
  'POST /bodhi/v1/modelfiles/pull/{id}/retry': 'models:manage',
  'POST /bodhi/v1/modelfiles/pull/{id}/archive': 'models:manage',
  'GET /bodhi/v1/modelfiles/pull/{id}/events': 'models:manage',
  'GET /bodhi/v1/models/files/pull': 'models:manage',
  'POST /bodhi/v1/models/files/pull': 'models:manage',
  'GET /bodhi/v1/models/files/pull/{id}': 'models:manage',
  'DELETE /bodhi/v1/models/files/pull/{id}': 'models:manage',
  'POST /bodhi/v1/models/files/pull/{id}/retry': 'models:manage',
  'POST /bodhi/v1/models/files/pull/{id}/archive': 'models:manage',
  'GET /bodhi/v1/models/files/pull/{id}/events': 'models:manage',
  'POST /bodhi/v1/models/api': 'models:manage',
  'GET /bodhi/v1/models/api/formats': 'models:read',
  'POST /bodhi/v1/models/api/test': 'models:manage',
  'POST /bodhi/v1/models/api/fetch-models': 'models:manage',
  'GET /bodhi/v1/models/api/{id}': 'models:read',
  'PUT /bodhi/v1/models/api/{id}': 'models:manage',
  'DELETE /bodhi/v1/models/api/{id}': 'models:manage',
  'POST /bodhi/v1/models/api/{id}/sync-models': 'models:manage',
  'POST /bodhi/v1/models/router': 'models:manage',
  'GET /bodhi/v1/models/router/{id}': 'models:read',
  'PUT /bodhi/v1/models/router/{id}': 'models:manage',
  'DELETE /bodhi/v1/models/router/{id}': 'models:manage',
  'GET /bodhi/v1/settings': 'session:settings:manage',
  'GET /bodhi/v1/preferences': 'session',
  // Preferences are for every role, the rest for admins: the verb decides by the key.
  'PUT /bodhi/v1/settings/{key}': 'session',
  'DELETE /bodhi/v1/settings/{key}': 'session',
  'GET /bodhi/v1/conversations': 'conversations:own',
  'POST /bodhi/v1/conversations': 'conversations:own',
  'DELETE /bodhi/v1/conversations': 'conversations:own',
  'GET /bodhi/v1/conversations/{id}': 'conversations:own',
  'PUT /bodhi/v1/conversations/{id}': 'conversations:own',
  'DELETE /bodhi/v1/conversations/{id}': 'conversations:own',
  'GET /api-docs/openapi.json': 'public',
  'GET /swagger-ui': 'public',
  'GET /swagger-ui/start.js': 'public',

  'GET /': 'public',
  'GET /docs': 'public',
  'GET /docs/assets/{file}': 'public',
  'GET /redoc': 'public',
  'GET /openapi.json': 'public',
  'GET /metrics': 'traces:read',

  ...hypersigilAccess,
}

export type Outcome = 'served' | 401 | 403

/** Each class of callers, by what its requests look like. */
export const callerClasses = [
  'local',
  'rebound name',
  'foreign page',
  'silent foreign page',
  'behind a proxy',
  'undefined key',
  'unknown key',
  'two keys',
  'key without the scope',
  'key with the scope',
  'key with the scope, foreign page',
] as const
export type CallerClass = (typeof callerClasses)[number]

const keyed = {
  'unknown key': 401,
  'two keys': 401,
  'key without the scope': 403,
  'key with the scope': 'served',
  'key with the scope, foreign page': 'served',
} as const

/** Outcomes where somebody without a key is served or refused by where the request comes from. */
function keyless(local: Outcome, elsewhere: Outcome): Readonly<Record<CallerClass, Outcome>> {
  return {
    local,
    'rebound name': elsewhere,
    'foreign page': elsewhere,
    'silent foreign page': elsewhere,
    'behind a proxy': elsewhere,
    // What a client in JavaScript sends that was given none.
    'undefined key': local,
    ...keyed,
  }
}

interface Mode {
  readonly auth: 'open' | 'required'
  readonly ingestAuth: 'loopback' | 'required' | 'open'
  readonly ingest: Readonly<Record<CallerClass, Outcome>>
  readonly scoped: Readonly<Record<CallerClass, Outcome>>
}

const ownerOnly = keyless('served', 401)
const nobody = keyless(401, 401)
const everybody = keyless('served', 'served')

/** How each way to start the server treats the classes, on ingest routes and on scoped ones. */
export const modes: readonly Mode[] = [
  { auth: 'open', ingestAuth: 'loopback', ingest: ownerOnly, scoped: ownerOnly },
  { auth: 'open', ingestAuth: 'required', ingest: nobody, scoped: ownerOnly },
  { auth: 'open', ingestAuth: 'open', ingest: everybody, scoped: ownerOnly },
  { auth: 'required', ingestAuth: 'loopback', ingest: ownerOnly, scoped: nobody },
  { auth: 'required', ingestAuth: 'required', ingest: nobody, scoped: nobody },
  { auth: 'required', ingestAuth: 'open', ingest: everybody, scoped: nobody },
]

/** Where a good key without the power is answered as an unknown one. Source: thunder §1.5. */
const asUnknown = /^\w+ \/auth\//

/** Where clients always send some key, so that in open mode one that nobody knows is none. */
const gateway =
  /^\w+ \/(?:v1\/(?:chat|completions|responses|embeddings|models|messages)|anthropic|api\/(?!v1|public))/

/** Open to whoever is known, as far as the route goes; the verb asks who that is. */
const decidedByVerb = /^GET \/api\/v1\/users\/\{id\}/

/** What a class may expect of a route in a mode. On public routes credentials change nothing. */
export function expectedOutcome(mode: Mode, route: string, callerClass: CallerClass): Outcome {
  const access = reviewedAccess[route]
  if (access === undefined) throw new Error(`${route} is not in the reviewed table`)
  const isScoped = access !== 'public' && access !== 'ingest'
  if (isScoped && callerClass === 'key without the scope' && asUnknown.test(route)) return 401
  if (access === 'public') return callerClass === 'two keys' ? 401 : 'served'
  if (access === 'known' && callerClass === 'key without the scope') {
    return decidedByVerb.test(route) ? 403 : 'served'
  }
  if (access.startsWith('session') && callerClass.startsWith('key')) return 401
  if (mode.auth === 'open' && callerClass === 'unknown key' && gateway.test(route)) return 'served'
  return access === 'ingest' ? mode.ingest[callerClass] : mode.scoped[callerClass]
}
