import type { Dialect, UsageForm } from './dialect.ts'
import { firstNumber, type Reading } from './reading.ts'
import { usageExceptions, type UsageException } from './usage-exceptions.ts'
import { normaliseUsage, type CountingRule, type Counts } from './usage.ts'

interface Counted {
  readonly dialect: string
  readonly form: UsageForm
  readonly counts: Counts
}

/** The figures of the first dialect that counts; parts that it leaves out come from the others. */
export function readUsage(
  reading: Reading,
  dialects: readonly Dialect[],
  provider: string,
  isEmbedding: boolean,
): Counts | undefined {
  const counted = dialects.flatMap(({ name, usage = [] }) =>
    usage.flatMap((form) => countBy(reading, name, form)),
  )
  const base = counted.find(({ counts }) => isCounted(counts))
  if (!base) return totalOnly(counted.map(({ counts }) => counts.total).find(isKnown))
  const partOf = (part: 'cacheRead' | 'cacheWrite' | 'reasoning') =>
    base.counts[part] ?? counted.map(({ counts }) => counts[part]).find(isKnown)
  return normaliseUsage(
    {
      ...base.counts,
      output: base.counts.output ?? (isEmbedding ? 0 : undefined),
      cacheRead: partOf('cacheRead'),
      cacheWrite: partOf('cacheWrite'),
      reasoning: partOf('reasoning'),
    },
    ruleOf(base, exceptionFor(reading, base.dialect, provider)),
  )
}

function countBy(reading: Reading, dialect: string, form: UsageForm): Counted[] {
  return appliesTo(reading, form) ? [{ dialect, form, counts: countsOf(reading, form) }] : []
}

/** Only its own parts can stand beside what a dialect counts, not those of another. */
function ruleOf({ form, counts }: Counted, exception: UsageException | undefined): CountingRule {
  const hasCache = isKnown(counts.cacheRead) || isKnown(counts.cacheWrite)
  const hasReasoning = isKnown(counts.reasoning)
  return {
    cache: (hasCache && (exception?.cache ?? form.cache)) || 'within',
    thinking: (hasReasoning && (exception?.thinking ?? form.thinking)) || 'within',
    hasFullTotal: form.hasFullTotal ?? false,
  }
}

function appliesTo(reading: Reading, { marker }: UsageForm): boolean {
  return marker === undefined || firstNumber(reading, marker) !== undefined
}

function countsOf(reading: Reading, form: UsageForm): Counts {
  return {
    input: firstNumber(reading, form.input),
    output: firstNumber(reading, form.output),
    total: firstNumber(reading, form.total),
    cacheRead: firstNumber(reading, form.cacheRead),
    cacheWrite: firstNumber(reading, form.cacheWrite),
    reasoning: firstNumber(reading, form.reasoning),
  }
}

function isCounted({ input, output }: Counts): boolean {
  return input !== undefined || output !== undefined
}

function isKnown(count: number | undefined): count is number {
  return count !== undefined
}

function totalOnly(total: number | undefined): Counts | undefined {
  if (total === undefined) return undefined
  const unknown = { input: undefined, output: undefined, reasoning: undefined }
  const counts = { ...unknown, total, cacheRead: undefined, cacheWrite: undefined }
  return normaliseUsage(counts, { cache: 'within', thinking: 'within', hasFullTotal: false })
}

function exceptionFor(
  { attributes }: Reading,
  dialect: string,
  provider: string,
): UsageException | undefined {
  const scope = attributes['otel.scope.name']
  return usageExceptions.find(
    (row) =>
      row.dialect === dialect &&
      (row.scope === undefined || (typeof scope === 'string' && scope.startsWith(row.scope))) &&
      (row.provider === undefined || provider.includes(row.provider)) &&
      (row.lacks === undefined || !Object.hasOwn(attributes, row.lacks)),
  )
}
