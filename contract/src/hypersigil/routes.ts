/** Every route of the Hypersigil surface by name. */
import { apiKeyRoutes } from './api-keys.ts'
import { authRoutes } from './auth.ts'
import { commentRoutes } from './comments.ts'
import { dashboardRoutes } from './dashboard.ts'
import { executionRoutes } from './executions.ts'
import { deploymentEmbeddingRoutes } from './deployment-embeddings.ts'
import { deploymentRoutes } from './deployments.ts'
import { executionViewRoutes } from './execution-views.ts'
import { providerRoutes } from './providers.ts'
import { settingRoutes } from './settings.ts'
import { statusRoutes } from './status.ts'
import { fileRoutes } from './files.ts'
import { jobRoutes } from './jobs.ts'
import { promptRoutes } from './prompts.ts'
import { testDataRoutes } from './test-data.ts'
import { userRoutes } from './users.ts'
import { webhookRoutes } from './webhooks.ts'

export const hypersigilRoutes = {
  ...statusRoutes,
  ...authRoutes,
  ...userRoutes,
  ...apiKeyRoutes,
  ...promptRoutes,
  ...commentRoutes,
  ...jobRoutes,
  ...testDataRoutes,
  ...fileRoutes,
  ...webhookRoutes,
  ...executionRoutes,
  ...executionViewRoutes,
  ...dashboardRoutes,
  ...deploymentRoutes,
  ...deploymentEmbeddingRoutes,
  ...providerRoutes,
  ...settingRoutes,
} as const
export type HypersigilRoutes = typeof hypersigilRoutes
