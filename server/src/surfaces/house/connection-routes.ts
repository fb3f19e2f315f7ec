import { toTime, toTimeOrNull } from '../../platform/iso-time.ts'
import { managementRoutes } from '@pharos/contract/house/management-routes.ts'
import type {
  Connection as WireConnection,
  ConnectionChanges as WireChanges,
  ProviderStatus as WireStatus,
} from '@pharos/contract/house/connections.ts'
import {
  createConnection,
  deleteConnection,
  getConnection,
  listConnections,
  listProviders,
  testConnection,
  updateConnection,
  type ConnectionChanges,
  type ProviderStatus,
  type ShownConnection,
} from '../../features/models/index.ts'
import { serve, type ManagementPowers } from './door.ts'

/** Connections to providers. Source: rulings §1, §3 and §4. */
export function connectionRoutes(powers: ManagementPowers) {
  return [...readingRoutes(powers), ...writingRoutes(powers)]
}

function readingRoutes(powers: ManagementPowers) {
  return [
    serve(managementRoutes.listConnections, async ({ caller }) => {
      const connections = await listConnections({ ...powers, caller })
      return { status: 200, body: { data: connections.map(toConnection) } }
    }),
    serve(managementRoutes.getConnection, async ({ params, caller }) => {
      const connection = await getConnection({ ...powers, caller }, params.name)
      return { status: 200, body: { data: toConnection(connection) } }
    }),
    serve(managementRoutes.listProviders, async ({ caller }) => {
      const providers = await listProviders({ ...powers, caller })
      return { status: 200, body: { data: providers.map(toStatus) } }
    }),
  ]
}

function writingRoutes(powers: ManagementPowers) {
  return [
    serve(managementRoutes.createConnection, async ({ body, query, caller }) => {
      const { name, ...changes } = body
      const options = { skipsTest: query.skip_test === 'true' }
      const ctx = { ...powers, caller }
      const made = await createConnection(ctx, name, toChanges(changes), options)
      return { status: 201, body: { data: toConnection(made) } }
    }),
    serve(managementRoutes.updateConnection, async ({ params, body, query, caller }) => {
      const options = { skipsTest: query.skip_test === 'true' }
      const ctx = { ...powers, caller }
      const changed = await updateConnection(ctx, params.name, toChanges(body), options)
      return { status: 200, body: { data: toConnection(changed) } }
    }),
    serve(managementRoutes.deleteConnection, async ({ params, caller }) => {
      await deleteConnection({ ...powers, caller }, params.name)
      return { status: 200, body: { data: { deleted: params.name } } }
    }),
    serve(managementRoutes.testConnection, async ({ params, caller }) => {
      const status = await testConnection({ ...powers, caller }, params.name)
      return { status: 200, body: { data: toStatus(status) } }
    }),
  ]
}

function toChanges({ base_url, api_key, active, ...same }: WireChanges): ConnectionChanges {
  return { ...same, baseUrl: base_url, apiKey: api_key, isActive: active }
}

function toConnection({ facts, ...shown }: ShownConnection): WireConnection {
  return {
    name: facts.name,
    kind: facts.kind,
    label: facts.label,
    base_url: facts.baseUrl,
    base_url_source: facts.baseUrlSource,
    api_key: shown.key,
    api_key_source: facts.keySource,
    stored_api_key: shown.storedKey,
    active: facts.isActive,
    built_in: facts.isBuiltIn,
    stored: shown.isStored,
    models: facts.models && [...facts.models],
    prefix: facts.prefix,
    created_at: toTimeOrNull(shown.createdAt),
    updated_at: toTimeOrNull(shown.updatedAt),
  }
}

function toStatus({ name, status, error, modelCount, checkedAt }: ProviderStatus): WireStatus {
  return {
    name,
    status,
    ...(error !== undefined && { error }),
    model_count: modelCount,
    checked_at: checkedAt === null ? null : toTime(checkedAt),
  }
}
