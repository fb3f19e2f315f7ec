/**
 * Who gets what of Thunder where a key is needed, decided by people. Each line is a route, what it
 * is aimed at, and the outcome for each class of callers: a status, or `sees` and `blind` where the
 * reply is a 200 that tells of the target or does not. A mounted route without a line fails the
 * sweep. Source: thunder contract §1.5 to §1.12, §4.3, §10.5; rulings §2, §3, §9.
 */
const columns = ['anonymous', 'owner', 'other', 'admin', 'link', 'engine'] as const
export const matrixClasses = [...columns, 'login'] as const

/**
 * `owner` and `other` hold managed keys limited to an owner. `link` was given the public links and
 * shows a token of one as if it were a key. `engine` shows the literal key of an engine for which
 * nobody made a managed key; the targets are its own then. `login` shows the literal label of the
 * owner's managed key and gets what `owner` gets.
 */
export type MatrixClass = (typeof matrixClasses)[number]

/**
 * What a route is aimed at. All belongs to the owner, but for `theft`: there the collection is that
 * of `other`, and the log that is to go into it the owner's. `label` is how the owner is named.
 */
export type TargetKind =
  | 'none'
  | 'private'
  | 'public'
  | 'set'
  | 'shared set'
  | 'theft'
  | 'run'
  | 'key'
  | 'label'

export interface MatrixRow {
  /** Method and path as mounted, without a query. */
  readonly route: string
  readonly query: string
  readonly target: TargetKind
  readonly outcomes: Readonly<Record<MatrixClass, string>>
}

//                                            target       anonymous owner other admin link engine
const lines = `
GET    /logs                                  | private    | 401   sees  blind sees  401   sees
GET    /logs                                  | public     | 401   sees  blind sees  401   sees
GET    /logs?source=all                       | private    | 401   sees  blind sees  401   sees
GET    /logs?q={marker}                       | private    | 401   sees  blind sees  401   sees
GET    /logs?api_key={owner}                  | private    | 401   sees  blind sees  401   sees
GET    /logs?collection_id={collection_id}    | set        | 401   sees  403   sees  401   sees
GET    /logs?collection_id={collection_id}    | shared set | 401   sees  403   sees  401   sees
GET    /logs/api-keys                         | label      | 401   sees  blind sees  401   sees
GET    /logs/stream                           | private    | 401   101   101   101   401   101
POST   /logs/stream/ticket                    | none       | 401   200   200   200   401   200
GET    /logs/{request_id}                     | private    | 401   sees  403   sees  401   sees
GET    /logs/{request_id}                     | public     | sees  sees  sees  sees  sees  sees
DELETE /logs/{request_id}                     | private    | 401   200   403   200   401   200
DELETE /logs/{request_id}                     | public     | 401   200   403   200   401   200
POST   /logs/{request_id}/public              | private    | 401   200   403   200   401   200
POST   /logs/{request_id}/public              | public     | 401   200   403   200   401   200
DELETE /logs/{request_id}/public              | private    | 401   200   403   200   401   200
DELETE /logs/{request_id}/public              | public     | 401   200   403   200   401   200
GET    /logs/{request_id}/favorite            | private    | 403   sees  403   sees  403   sees
GET    /logs/{request_id}/favorite            | public     | sees  sees  sees  sees  sees  sees
POST   /logs/{request_id}/favorite            | private    | 401   200   403   200   401   200
POST   /logs/{request_id}/favorite            | public     | 401   200   200   200   401   200
DELETE /logs/{request_id}/favorite            | private    | 401   200   403   200   401   200
DELETE /logs/{request_id}/favorite            | public     | 401   200   200   200   401   200
GET    /logs/{request_id}/tags                | private    | 403   sees  403   sees  403   sees
GET    /logs/{request_id}/tags                | public     | sees  sees  sees  sees  sees  sees
POST   /logs/{request_id}/tags                | private    | 401   200   403   200   401   200
POST   /logs/{request_id}/tags                | public     | 401   200   200   200   401   200
DELETE /logs/{request_id}/tags                | private    | 401   200   403   200   401   200
DELETE /logs/{request_id}/tags                | public     | 401   200   200   200   401   200
GET    /logs/{request_id}/discussions         | private    | 403   sees  403   sees  403   sees
GET    /logs/{request_id}/discussions         | public     | sees  sees  sees  sees  sees  sees
POST   /logs/{request_id}/discussions         | private    | 401   201   403   201   401   201
POST   /logs/{request_id}/discussions         | public     | 401   201   201   201   401   201
GET    /logs/{request_id}/discussions/{discussion_id} | private | 403 sees 403 sees 403 sees
GET    /logs/{request_id}/discussions/{discussion_id} | public | sees sees sees sees sees sees
PUT    /logs/{request_id}/discussions/{discussion_id} | private | 401 200 403 200 401 200
PUT    /logs/{request_id}/discussions/{discussion_id} | public | 401 200 403 200 401 200
DELETE /logs/{request_id}/discussions/{discussion_id} | private | 401 200 403 200 401 200
DELETE /logs/{request_id}/discussions/{discussion_id} | public | 401 200 403 200 401 200
GET    /logs/{request_id}/collections         | private    | 401   blind blind blind 401   blind
GET    /logs/{request_id}/collections         | set        | 401   sees  blind sees  401   sees
GET    /logs/{request_id}/collections         | shared set | 401   sees  blind sees  401   sees
POST   /logs/{request_id}/collections         | set        | 401   200   403   200   401   200
POST   /logs/{request_id}/collections         | theft      | 401   403   403   200   401   403
DELETE /logs/{request_id}/collections         | set        | 401   200   403   200   401   200
GET    /collections                           | set        | 401   sees  blind sees  401   sees
GET    /collections                           | shared set | 401   sees  blind sees  401   sees
POST   /collections                           | none       | 401   201   201   201   401   201
GET    /collections/{collection_id}           | set        | 401   sees  403   sees  401   sees
GET    /collections/{collection_id}           | shared set | 401   sees  403   sees  401   sees
PUT    /collections/{collection_id}           | set        | 401   200   403   200   401   200
PUT    /collections/{collection_id}           | shared set | 401   200   403   200   401   200
DELETE /collections/{collection_id}           | set        | 401   200   403   200   401   200
DELETE /collections/{collection_id}           | shared set | 401   200   403   200   401   200
POST   /collections/{collection_id}/requests  | set        | 401   200   403   200   401   200
POST   /collections/{collection_id}/requests  | theft      | 401   403   403   200   401   403
DELETE /collections/{collection_id}/requests  | set        | 401   200   403   200   401   200
POST   /collections/{collection_id}/public    | set        | 401   200   403   200   401   200
POST   /collections/{collection_id}/public    | shared set | 401   200   403   200   401   200
DELETE /collections/{collection_id}/public    | set        | 401   200   403   200   401   200
DELETE /collections/{collection_id}/public    | shared set | 401   200   403   200   401   200
GET    /share/request/{public_token}          | private    | 404   404   404   404   404   404
GET    /share/request/{public_token}          | public     | sees  sees  sees  sees  sees  sees
GET    /share/request/{public_token}/og-image.png | private | 404  404   404   404   404   404
GET    /share/request/{public_token}/og-image.png | public | 200   200   200   200   200   200
GET    /share/{public_token}                  | set        | 404   404   404   404   404   404
GET    /share/{public_token}                  | shared set | sees  sees  sees  sees  sees  sees
GET    /share/{collection_token}/request/{request_id} | set | 404  404   404   404   404   404
GET    /share/{collection_token}/request/{request_id} | shared set | sees sees sees sees sees sees
POST   /v1/ingest                             | none       | 201   403   403   201   401   403
POST   /v1/ingest                             | private    | 409   403   403   201   401   403
GET    /playground                            | none       | 404   404   404   404   404   404
GET    /playground/og-image.png               | none       | 200   200   200   200   200   200
POST   /playground/api-key                    | none       | 401   200   200   200   401   403
POST   /playground/mods/generate              | none       | 401   200   200   200   401   403
POST   /playground/mods/upload                | none       | 401   200   200   200   401   403
POST   /playground/inference                  | none       | 401   200   200   200   401   403
POST   /playground/features/extract           | none       | 401   200   200   200   401   403
POST   /playground/features/analyze           | none       | 401   200   200   200   401   403
POST   /playground/activations/run            | none       | 401   200   200   200   401   403
POST   /playground/activations/run            | run        | 401   200   409   200   401   403
POST   /playground/activations/extract        | none       | 401   200   200   200   401   403
GET    /playground/activations/runs           | run        | 401   sees  blind sees  401   403
GET    /playground/activations/health         | none       | 401   200   200   200   401   403
GET    /playground/activations/{request_id}/summary | run  | 401   sees  404   sees  401   403
GET    /playground/activations/{request_id}/rows | run     | 401   sees  404   sees  401   403
GET    /playground/activations/{request_id}/top-features | run | 401 sees 404 sees 401 403
GET    /playground/activations/{request_id}/feature-deltas?other={request_id} | run | 401 sees 404 sees 401 403
DELETE /playground/activations/{request_id}   | run        | 401   200   404   200   401   403
POST   /auth/bootstrap                        | none       | 409   409   409   409   409   409
GET    /auth/validate                         | none       | 401   200   200   200   401   200
GET    /auth/me                               | none       | 401   200   200   200   401   200
GET    /auth/keys                             | key        | 401   401   401   sees  401   401
POST   /auth/keys                             | none       | 401   401   401   200   401   401
PUT    /auth/keys                             | key        | 401   401   401   200   401   401
DELETE /auth/keys                             | key        | 401   401   401   200   401   401
`

export const matrix: readonly MatrixRow[] = lines.trim().split('\n').map(toRow)

function toRow(line: string): MatrixRow {
  const [call = '', target = '', cells = ''] = line.split('|').map((part) => part.trim())
  const [method = '', address = ''] = call.split(/\s+/)
  const [path = '', query = ''] = address.split('?')
  const found = cells.split(/\s+/)
  if (found.length !== columns.length) throw new Error(`${line} has ${found.length} outcomes`)
  const [anonymous = '', owner = '', other = '', admin = '', link = '', engine = ''] = found
  return {
    route: `${method} ${path}`,
    query,
    target: target as TargetKind,
    outcomes: { anonymous, owner, other, admin, link, engine, login: owner },
  }
}
