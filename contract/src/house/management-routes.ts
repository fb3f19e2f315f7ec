/** Every route under `/api/v1` by name. */
import { aliasRoutes } from './aliases.ts'
import { auditRoutes } from './audit.ts'
import { connectionRoutes } from './connections.ts'

export const managementRoutes = {
  ...connectionRoutes,
  ...aliasRoutes,
  ...auditRoutes,
} as const
