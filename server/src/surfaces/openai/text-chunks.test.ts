import { TextCompletion } from '@pharos/contract/openai/completions.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arbitraryBrokenParts, arbitraryParts } from '../../../test/support/arbitrary-parts.ts'
import {
  arbitrarySizes,
  encodeAll,
  eventsIn,
  inBatches,
} from '../../../test/support/openai-events.ts'
import { foldParts } from '../../features/completion/fold-parts.ts'
import { TextChunks } from './text-chunks.ts'

const head = { id: 'cmpl-s', created: 1, model: 'asked/for' }
const form = { hasUsage: true, hasLogprobs: false, isLegacy: false }

describe('Chunks of a text', () => {
  it('add up to the text and end once, with the usage after it', () => {
    fc.assert(
      fc.property(arbitraryParts, arbitrarySizes, (parts, sizes) => {
        const { text, ending } = encodeAll(new TextChunks(head, form), inBatches(parts, sizes))
        const chunks = eventsIn(text).map((event) => TextCompletion.parse(event))
        const choices = chunks.flatMap((chunk) => chunk.choices)
        expect(ending).toBe('complete')
        expect(choices.map((choice) => choice.text).join('')).toBe(foldParts(parts).text)
        expect(choices.filter((choice) => choice.finish_reason !== null)).toHaveLength(1)
        expect(choices.at(-1)?.finish_reason).not.toBe(null)
        const last = parts.findLast((part) => part.type === 'usage')
        expect(chunks.at(-1)?.usage?.prompt_tokens).toBe(last?.usage.inputTokens ?? undefined)
      }),
    )
  })

  it('end with one error when the reply broke off', () => {
    fc.assert(
      fc.property(arbitraryBrokenParts, arbitrarySizes, (parts, sizes) => {
        const { text, ending } = encodeAll(new TextChunks(head, form), inBatches(parts, sizes))
        expect(ending).toBe('broken')
        const events = eventsIn(text)
        expect(events.map((event) => Object.hasOwn(event as object, 'error')).indexOf(true)).toBe(
          events.length - 1,
        )
      }),
    )
  })
})
