/** Every route of the Bodhi surface by name. */
import { aliasRoutes } from './aliases.ts'
import { apiModelRoutes } from './api-models.ts'
import { docsRoutes } from './docs.ts'
import { downloadRoutes } from './downloads.ts'
import { fileRoutes } from './files.ts'
import { routerRoutes } from './routers.ts'

export const bodhiRoutes = {
  ...aliasRoutes,
  ...fileRoutes,
  ...downloadRoutes,
  ...apiModelRoutes,
  ...routerRoutes,
  ...docsRoutes,
} as const
export type BodhiRoutes = typeof bodhiRoutes
