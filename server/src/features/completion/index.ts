export { acceptsDocuments } from './adapters/documents.ts'
export { placeCallDelta, type SeenCall } from './adapters/openai-calls.ts'
export { admitCall } from './admit-call.ts'
export type { AnswerFacts, CallBatch, FailedAnswer, StreamedAnswer, WholeAnswer } from './answer.ts'
export type { Ask, ReadAsk } from './ask.ts'
export { askModel } from './ask-model.ts'
export { askedWaitMs } from './asked-wait.ts'
export { prepareCall, type Call } from './call.ts'
export { fromChatMessages } from './chat-messages.ts'
export { brokenSpan, closingSpan, openingSpan, type SpanPlace } from './call-span.ts'
export { readComplaint, type Complaint } from './complaint.ts'
export { complete } from './complete.ts'
export { countTokens } from './count-tokens.ts'
export { eventValue } from './event-value.ts'
export { embed } from './embeddings/embed.ts'
export { ownEmbeddingAsk } from './embeddings/own-embedding.ts'
export type {
  EmbeddedAnswer,
  EmbeddingAsk,
  EmbeddingInput,
  ReadEmbeddingAsk,
} from './embeddings/embedding-ask.ts'
export { spliceVectors } from './embeddings/splice-vectors.ts'
export { failureFacts } from './failure-facts.ts'
export { failureToError, firstCharacters, interruptionMessage } from './failure-words.ts'
export type { CompletionFailure } from './failure.ts'
export type { Reply } from './fold-parts.ts'
export { argumentsOf, isEmptyJson, isJsonList, isJsonMap, jsonMap } from './json-values.ts'
export type { CompletedOutcome, FailedOutcome, Outcome } from './outcome.ts'
export { ownAsk } from './own-ask.ts'
export type { CompletionContext, CompletionPowers } from './powers.ts'
export type { CompletionPart, FinishReason, TokenChance } from './part.ts'
export { findStoredResponse, keepForLater, type StoredResponse } from './previous-response.ts'
export type { CompletionMode, StreamEvent } from './provider.ts'
export { closeSpans, openSpans } from './record-spans.ts'
export {
  reasoningEfforts,
  type CompletionOptions,
  type CompletionRequest,
  type CompletionWarning,
  type ContentPart,
  type JsonMap,
  type JsonValue,
  type Message,
  type MessageRole,
  type ReasoningEffort,
  type Tool,
  type ToolCall,
} from './request.ts'
export { dropExpiredAnswers } from './response-cache.ts'
export { runCall } from './run-call.ts'
