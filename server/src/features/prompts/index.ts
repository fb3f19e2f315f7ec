export { checkManyBySchema } from './check-many.ts'
export type { Comment, CommentPlace } from './comment.ts'
export { createComment, deleteComment, listComments } from './comments.ts'
export type { CommentTarget } from './comment-store.ts'
export { checkBySchema, compilePrompt } from './compile-prompt.ts'
export type { Compiled } from './compile-prompt.ts'
export { createPrompt } from './create-prompt.ts'
export { deletePrompt } from './delete-prompt.ts'
export { generateAdjustment } from './generate-adjustment.ts'
export type { PromptPowers } from './guarded-work.ts'
export { hasPrompts } from './has-prompts.ts'
export type { PromptChanges } from './plan-prompt.ts'
export { previewPrompt } from './preview-prompt.ts'
export type { PreviewSource } from './preview-prompt.ts'
export { currentOf } from './prompt.ts'
export type { FoundVersion, Prompt, PromptContent, PromptMessage, PromptVersion } from './prompt.ts'
export {
  getPrompt,
  listPrompts,
  promptSelectList,
  readPromptVersion,
  recentPrompts,
  searchPrompts,
} from './read-prompts.ts'
export { findVersion } from './store.ts'
export type { PromptPageWriter } from './store.ts'
export { updatePrompt } from './update-prompt.ts'
