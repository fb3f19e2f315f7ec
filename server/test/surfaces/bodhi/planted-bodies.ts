const file = { repo: 'planted/planted', filename: 'planted.gguf' }
const remote = { api_format: 'openai', name: 'planted', base_url: 'http://127.0.0.1:1', models: [] }
const router = { alias: 'planted', targets: [{ alias: 'openai', model: 'x' }] }

/** What somebody who may not would change through the Bodhi surface. */
export const bodhiBodies: Readonly<Record<string, unknown>> = {
  'POST /bodhi/v1/models': { alias: 'planted', ...file },
  'PUT /bodhi/v1/models/{alias}': file,
  'DELETE /bodhi/v1/models/{alias}': undefined,
  'POST /bodhi/v1/models/{alias}/copy': { alias: 'planted' },
  'POST /bodhi/v1/models/{alias}/template': { messages: [] },
  'POST /bodhi/v1/models/alias': { alias: 'planted', ...file },
  'PUT /bodhi/v1/models/alias/{id}': file,
  'DELETE /bodhi/v1/models/alias/{id}': undefined,
  'POST /bodhi/v1/models/alias/{id}/copy': { alias: 'planted' },
  'DELETE /bodhi/v1/modelfiles': undefined,
  'POST /bodhi/v1/modelfiles/update': file,
  'POST /bodhi/v1/models/refresh': { source: 'all' },
  'POST /bodhi/v1/modelfiles/pull': file,
  'POST /bodhi/v1/modelfiles/pull/{alias}': {},
  'DELETE /bodhi/v1/modelfiles/pull/{id}': undefined,
  'POST /bodhi/v1/modelfiles/pull/{id}/retry': {},
  'POST /bodhi/v1/modelfiles/pull/{id}/archive': {},
  'POST /bodhi/v1/models/files/pull': file,
  'DELETE /bodhi/v1/models/files/pull/{id}': undefined,
  'POST /bodhi/v1/models/files/pull/{id}/retry': {},
  'POST /bodhi/v1/models/files/pull/{id}/archive': {},
  'POST /bodhi/v1/models/api': remote,
  'POST /bodhi/v1/models/api/test': { ...remote, model: 'x', prompt: 'planted' },
  'POST /bodhi/v1/models/api/fetch-models': remote,
  'PUT /bodhi/v1/models/api/{id}': remote,
  'DELETE /bodhi/v1/models/api/{id}': undefined,
  'POST /bodhi/v1/models/api/{id}/sync-models': {},
  'POST /bodhi/v1/models/router': router,
  'PUT /bodhi/v1/models/router/{id}': router,
  'DELETE /bodhi/v1/models/router/{id}': undefined,
}
