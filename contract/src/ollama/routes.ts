/** Every route of Ollama's dialect by name. */
import { chat } from './chat.ts'
import { embed, embeddings } from './embed.ts'
import { generate } from './generate.ts'
import { listLoaded, listTags, showModel, version } from './models.ts'

export const ollamaRoutes = {
  chat,
  generate,
  embed,
  embeddings,
  listTags,
  showModel,
  listLoaded,
  version,
} as const
