import { DomainError } from '../../platform/domain-error.ts'
import { isJsonObject } from '../../platform/json.ts'
import { readContextParams } from '../engine/index.ts'
import type {
  AliasInput,
  AliasOptions,
  AliasTarget,
  AnswerOptions,
  FileAliasInput,
} from './model-alias.ts'
import type { RequestDefaults } from './request-defaults.ts'

/** The last word of a path of some surface under which aliases stand. */
const pathWords = new Set(['.', '..', 'copy', 'alias', 'files', 'api', 'router', 'refresh'])
const longestName = 255
const mostTargets = 16
const mostStops = 4
const longestStop = 1_000
const longestText = 100_000
const mostSeconds = 31_536_000
const mostAlternatives = 20
const longestCooldown = 86_400
const longestParams = 1_000_000

/** Numbers that may have a fraction. */
const ranges = [
  ['frequency_penalty', -2, 2],
  ['presence_penalty', -2, 2],
  ['temperature', 0, 2],
  ['top_p', 0, 1],
] as const

/** Throws `invalid` for what no alias may be called. Source: rulings §4. */
export function checkAliasName(name: string): void {
  const isFitting = isText(name, longestName) && !/\p{Cc}/u.test(name) && name.trim() === name
  if (!isFitting) {
    const message = `An alias is named with 1 to ${longestName} characters, none of them control`
    throw unfitName(`${message}, and no blank at either end`)
  }
  if (pathWords.has(name)) throw unfitName(`No alias can be called ${name}`)
}

function unfitName(message: string): DomainError {
  return new DomainError('invalid', message, { details: { param: 'alias' } })
}

/** Throws `invalid`, naming the field. Source: bodhi contract §4.5. */
export function checkAliasInput({ targets, requestParams, options }: AliasInput): void {
  if (targets.length < 1 || targets.length > mostTargets) {
    throw unfit('targets', `has 1 to ${mostTargets} entries`)
  }
  for (const [index, target] of targets.entries()) checkTarget(target, `targets.${index}`)
  checkDefaults(requestParams)
  checkOptions(options)
}

/**
 * Throws `invalid`, naming the field; whether the file is there is not looked at. Source: bodhi
 * contract §4.5, §4.6.
 */
export function checkFileInput({
  requestParams,
  contextParams,
  options,
}: Pick<FileAliasInput, 'requestParams' | 'contextParams' | 'options'>): void {
  checkDefaults(requestParams)
  checkAnswerOptions(options)
  if (JSON.stringify(contextParams).length > longestParams) {
    throw unfit('context_params', `has at most ${longestParams} characters`)
  }
  checkContextParams(contextParams)
}

/** A parameter of the load is told as a member of this field. */
function checkContextParams(params: FileAliasInput['contextParams']): void {
  try {
    readContextParams(params)
  } catch (error) {
    if (!(error instanceof DomainError) || !isJsonObject(error.details)) throw error
    const { param: name } = error.details
    const isMember = isJsonObject(params) && typeof name === 'string' && Object.hasOwn(params, name)
    const param = isMember ? `context_params.${name}` : 'context_params'
    throw new DomainError('invalid', error.message, { details: { param }, cause: error })
  }
}

function checkTarget({ model, weight, timeoutMs }: AliasTarget, place: string): void {
  if (!isText(model, longestName + 41)) throw unfit(`${place}.model`, 'names no model')
  if (weight !== undefined && !(weight > 0 && weight <= 1e6)) {
    throw unfit(`${place}.weight`, 'is above 0 and at most 1000000')
  }
  if (timeoutMs !== undefined && !isWhole(timeoutMs, 100, 600_000)) {
    throw unfit(`${place}.timeout_ms`, 'is a whole number from 100 to 600000')
  }
}

function checkOptions(options: AliasOptions): void {
  checkAnswerOptions(options)
  checkCount('options.cooldown_seconds', options.cooldownSeconds, longestCooldown)
  checkCount('options.max_attempts', options.maxAttempts, mostTargets)
}

function checkAnswerOptions({ cacheSeconds, traceTokens }: AnswerOptions): void {
  checkCount('options.cache_seconds', cacheSeconds, mostSeconds)
  checkCount('options.trace_tokens', traceTokens, mostAlternatives)
}

function checkCount(place: string, count: number | undefined, most: number): void {
  if (count === undefined || isWhole(count, 0, most)) return
  throw unfit(place, `is a whole number from 0 to ${most}`)
}

function checkDefaults(defaults: RequestDefaults): void {
  for (const [name, from, to] of ranges) {
    const value = defaults[name]
    if (value !== undefined && !(value >= from && value <= to)) {
      throw unfit(`request_params.${name}`, `is a number from ${from} to ${to}`)
    }
  }
  const { max_tokens: maxTokens, seed, stop = [], user, system_prompt: systemPrompt } = defaults
  if (maxTokens !== undefined && !isWhole(maxTokens, 0, 2 ** 32 - 1)) {
    throw unfit('request_params.max_tokens', 'is a whole number of 32 bits')
  }
  if (seed !== undefined && !Number.isSafeInteger(seed)) {
    throw unfit('request_params.seed', 'is a whole number')
  }
  if (stop.length > mostStops || !stop.every((text) => isText(text, longestStop))) {
    throw unfit('request_params.stop', `is at most ${mostStops} texts`)
  }
  if (user !== undefined && !isText(user, longestText)) throw unfit('request_params.user', isEmpty)
  if (systemPrompt !== undefined && !isText(systemPrompt, longestText)) {
    throw unfit('request_params.system_prompt', isEmpty)
  }
}

const isEmpty = `has 1 to ${longestText} characters`

function isText(text: string, longest: number): boolean {
  const isLong = text.length === 0 || text.length > longest
  return !isLong && text.isWellFormed() && !text.includes('\0')
}

function isWhole(value: number, from: number, to: number): boolean {
  return Number.isInteger(value) && value >= from && value <= to
}

function unfit(param: string, rule: string): DomainError {
  return new DomainError('invalid', `${param} ${rule}`, { details: { param } })
}
