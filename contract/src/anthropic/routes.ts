/** Every route of Anthropic's dialect by name. */
import {
  countMessageTokens,
  countMessageTokensUnderPrefix,
  createMessage,
  createMessageUnderPrefix,
} from './messages.ts'

export const anthropicRoutes = {
  createMessage,
  createMessageUnderPrefix,
  countMessageTokens,
  countMessageTokensUnderPrefix,
} as const
