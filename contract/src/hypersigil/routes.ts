/** Every route of the Hypersigil surface by name. */
import { apiKeyRoutes } from './api-keys.ts'
import { authRoutes } from './auth.ts'
import { commentRoutes } from './comments.ts'
import { statusRoutes } from './status.ts'
import { fileRoutes } from './files.ts'
import { jobRoutes } from './jobs.ts'
import { promptRoutes } from './prompts.ts'
import { testDataRoutes } from './test-data.ts'
import { userRoutes } from './users.ts'

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
} as const
export type HypersigilRoutes = typeof hypersigilRoutes
