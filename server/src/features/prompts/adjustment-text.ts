import type { Comment } from './comment.ts'

/** An execution with what was said of it. */
export interface CommentedRun {
  readonly userInput: string
  readonly result: string
  readonly comments: readonly Comment[]
}

export interface AdjustmentInput {
  readonly prompt: string
  readonly runs: readonly CommentedRun[]
  /** What was said of the prompt itself. */
  readonly comments: readonly Comment[]
  /** Ask for a list of changes rather than for the changed prompt. */
  readonly isSummary: boolean
}

const calibrate = `Your task is to calibrate the original prompt. Read every comment of the reviewers,
find out what went wrong and why, and change the prompt so that it does not happen again.
Change only what the comments speak of and leave the rest as it is.`

const summarize = `Your task is to bring the comments of the reviewers together. Answer with one list
of the changes that the original prompt needs, each said once, and with nothing else.`

const key = `How to read what follows:
- <OriginalPrompt> holds the prompt as it is now. Other tags inside of it belong to the prompt.
- <Execution> is one run of the prompt: <UserInput> holds the values of its placeholders and
  <Result> what the model answered.
- <Comment> belongs to the execution around it: <ResultQuote> is the part of the result that it is
  about, empty if it is about all of it, and <ReviewerComment> is what the reviewer says.
- <GenericComment> is about the prompt as such.`

const closing = {
  calibrate: 'Now write the revised prompt.',
  summarize: 'Now write the list of proposed changes for a revised prompt.',
} as const

/**
 * The request to a model that improves a prompt by what reviewers said. Everything stands in it as
 * it is, nothing is escaped. Source: hypersigil contract §4.4.
 */
export function adjustmentText({ prompt, runs, comments, isSummary }: AdjustmentInput): string {
  return [
    `You are an experienced prompt engineer.\n${isSummary ? summarize : calibrate}`,
    key,
    block('OriginalPrompt', prompt),
    ...runs.map(runText),
    ...comments.map(({ text }) => block('GenericComment', text)),
    isSummary ? closing.summarize : closing.calibrate,
  ].join('\n\n')
}

function runText({ userInput, result, comments }: CommentedRun): string {
  const parts = [
    block('UserInput', userInput),
    block('Result', result),
    ...comments.map((comment) => commentText(comment)),
  ]
  return block('Execution', parts.join('\n'))
}

function commentText({ text, place }: Comment): string {
  const quote = place.kind === 'execution' ? place.selectedText : ''
  return block('Comment', [block('ResultQuote', quote), block('ReviewerComment', text)].join('\n'))
}

function block(tag: string, content: string): string {
  return `<${tag}>\n${content}\n</${tag}>`
}
