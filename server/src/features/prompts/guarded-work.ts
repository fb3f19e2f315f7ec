import { DomainError } from '../../platform/domain-error.ts'
import type { GuardedOutcome, GuardedRoom } from '../../platform/threads/guarded.ts'
import {
  checkContent,
  checkContentJob,
  judgeJob,
  judgeManyJob,
  render,
  renderJob,
  type ContentInput,
  type ManyInput,
  type ManyJudged,
  type Rendered,
  type RenderInput,
  type SchemaInput,
} from './prompt-jobs.ts'
import type { SchemaVerdict } from './schema-verdict.ts'

/** Power of verbs that run templates and schemas. */
export interface PromptPowers {
  readonly guard: GuardedRoom
}

const limits = { limitMs: 1_000, maxOutputBytes: 1024 * 1024 }

const stops = {
  time: 'it took longer than a second',
  memory: 'it needs too much memory',
  size: 'the result is larger than 1 MB',
} as const

export type LimitedRender =
  | Rendered
  | { readonly fault: 'limit'; readonly message: string; readonly faults: null }

/** Throws DomainError `unavailable` when too many wait, `cancelled` by the signal. */
export async function renderGuarded(
  { guard }: PromptPowers,
  input: RenderInput,
  signal?: AbortSignal,
): Promise<LimitedRender> {
  if (isHarmless(input)) return render(input)
  const outcome = await guard.run(renderJob, input, within(signal))
  if ('value' in outcome) return outcome.value
  return { fault: 'limit', message: `Stopped: ${stops[outcome.stopped]}`, faults: null }
}

/** Throws as `renderGuarded` does. */
export async function judgeGuarded(
  { guard }: PromptPowers,
  input: SchemaInput,
  signal?: AbortSignal,
): Promise<SchemaVerdict> {
  const outcome = await guard.run(judgeJob, input, within(signal))
  if ('value' in outcome) return outcome.value
  return { isValid: false, message: `Stopped: ${stops[outcome.stopped]}`, faults: null }
}

/** What came of a look at several texts; `stopped` if several together ran into a limit. */
export type LimitedJudged =
  | ({ readonly kind: 'judged' } & ManyJudged)
  | { readonly kind: 'stopped'; readonly tookMs: number }

/** Looks for the first of several texts that does not fit. Throws as `renderGuarded` does. */
export async function judgeManyGuarded(
  { guard }: PromptPowers,
  input: ManyInput,
  signal?: AbortSignal,
): Promise<LimitedJudged> {
  const outcome = await guard.run(judgeManyJob, input, within(signal))
  if ('value' in outcome) return { kind: 'judged', ...outcome.value }
  const tookMs = limits.limitMs
  if (input.data.length > 1) return { kind: 'stopped', tookMs }
  const misfit = { index: 0, message: `Stopped: ${stops[outcome.stopped]}` }
  return { kind: 'judged', misfit, tookMs }
}

/** @throws DomainError `invalid` with what cannot be used; else as `renderGuarded` does. */
export async function checkGuarded({ guard }: PromptPowers, input: ContentInput): Promise<void> {
  const isShort = arePlain(Object.values(input.templates))
  const isWithoutSchema = Object.keys(input.schemas).length === 0
  const outcome: GuardedOutcome<string | null> =
    isShort && isWithoutSchema
      ? { value: checkContent(input) }
      : await guard.run(checkContentJob, input, limits)
  const fault = 'value' in outcome ? outcome.value : `Stopped: ${stops[outcome.stopped]}`
  if (fault !== null) throw new DomainError('invalid', fault)
}

function within(signal: AbortSignal | undefined) {
  return signal === undefined ? limits : { ...limits, signal }
}

const shortTemplate = 16 * 1024
const fewTags = 200
const smallResult = 256 * 1024
/** How much longer a character may become by escaping. */
const longestEntity = 6

/** Without sections and other delimiters a template is read once, each tag once. */
function arePlain(templates: readonly string[]): boolean {
  const characters = templates.reduce((sum, template) => sum + template.length, 0)
  if (characters > shortTemplate || countTags(templates) > fewTags) return false
  return !templates.some((template) => /\{\{\s*[#^=]/u.test(template))
}

/** Or a few more. */
function countTags(templates: readonly string[]): number {
  return templates.reduce((sum, template) => sum + template.split('{{').length, 0)
}

/** Whether it surely takes less time than to ask another thread for it. */
function isHarmless({ templates, data, schema }: RenderInput): boolean {
  const mostText = countTags(templates) * data.length * longestEntity
  return schema === null && mostText <= smallResult && arePlain(templates)
}
