/** Every route of the Bodhi surface by name. */
import { aliasRoutes } from './aliases.ts'
import { apiModelRoutes } from './api-models.ts'
import { conversationRoutes } from './conversations.ts'
import { docsRoutes } from './docs.ts'
import { downloadRoutes } from './downloads.ts'
import { fileRoutes } from './files.ts'
import { groundRoutes } from './ground.ts'
import { loginRoutes } from './login.ts'
import { routerRoutes } from './routers.ts'
import { settingRoutes } from './settings.ts'
import { tokenRoutes } from './tokens.ts'

export const bodhiRoutes = {
  ...loginRoutes,
  ...groundRoutes,
  ...tokenRoutes,
  ...aliasRoutes,
  ...fileRoutes,
  ...downloadRoutes,
  ...apiModelRoutes,
  ...routerRoutes,
  ...settingRoutes,
  ...conversationRoutes,
  ...docsRoutes,
} as const
