/** Every route of OpenAI's dialect by name. */
import { createChatCompletion } from './chat.ts'
import { createCompletion } from './completions.ts'
import { createEmbeddings } from './embeddings.ts'
import { getModel, listModels } from './models.ts'
import { createResponse, getResponse } from './responses.ts'

export const openAiRoutes = {
  createChatCompletion,
  createCompletion,
  createEmbeddings,
  createResponse,
  getResponse,
  listModels,
  getModel,
} as const
