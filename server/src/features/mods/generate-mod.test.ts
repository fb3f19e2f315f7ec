import { describe, expect, test } from 'vitest'
import { DomainError } from '../../platform/domain-error.ts'
import { generateMod } from './generate-mod.ts'
import type { ModConfig, ModPosition } from './mod-config.ts'

const config: ModConfig = {
  position: 'start',
  injection: ' Wait.',
  tokenCount: 5,
  sentenceCount: 2,
  detectPhrases: ['very', '', 'an "owl"', 'kept'],
  replacementPhrases: ['quite', 'ignored', 'a cat', ''],
}

const positions: readonly ModPosition[] = [
  'start',
  'after_tokens',
  'after_sentences',
  'eot_backtrack',
  'phrase_replace',
  'reasoning_start',
  'reasoning_mid',
  'reasoning_end',
  'response_start',
  'response_mid',
  'response_end',
  'reasoning_phrase_replace',
  'response_phrase_replace',
  'full_stream_phrase_replace',
]

describe('generateMod', () => {
  test.each(positions)('writes the module of %s as it was reviewed', async (position) => {
    await expect(generateMod({ ...config, position })).toMatchFileSnapshot(`golden/${position}.py`)
  })

  test('replaces over the full stream as everywhere', () => {
    expect(generateMod({ ...config, position: 'full_stream_phrase_replace' })).toBe(
      generateMod({ ...config, position: 'phrase_replace' }),
    )
  })

  test('lets no text of the asker out of its literal', () => {
    const hostile = '"\n\r\0import os #\\'
    const injected = generateMod({ ...config, injection: hostile })
    expect(injected).toContain('\nINJECTION = "\\"\\n\\r\\x00import os #\\\\"\n')
    const phrases = { detectPhrases: [hostile], replacementPhrases: [] }
    const replaced = generateMod({ ...config, position: 'phrase_replace', ...phrases })
    expect(replaced.split('\n').filter((line) => line.includes('import os'))).toEqual([
      '    ("\\"\\n\\r\\x00import os #\\\\", "\\"\\n\\r\\x00import os #\\\\"),',
    ])
  })

  test.each([
    ['after_tokens', { tokenCount: null }, 'token_count'],
    ['after_tokens', { tokenCount: 0 }, 'token_count'],
    ['reasoning_mid', { tokenCount: null }, 'token_count'],
    ['response_mid', { tokenCount: 0 }, 'token_count'],
    ['after_sentences', { sentenceCount: null }, 'sentence_count'],
    ['after_sentences', { sentenceCount: 0 }, 'sentence_count'],
    ['phrase_replace', { detectPhrases: [] }, 'phrase'],
    ['reasoning_phrase_replace', { detectPhrases: ['', ''] }, 'phrase'],
    ['response_phrase_replace', { detectPhrases: [] }, 'phrase'],
    ['full_stream_phrase_replace', { detectPhrases: [''] }, 'phrase'],
  ] as const)('refuses %s with %j', (position, lacking, word) => {
    const write = () => generateMod({ ...config, position, ...lacking })
    expect(write).toThrow(DomainError)
    expect(write).toThrow(word)
  })

  test('needs neither number nor phrase where the position does not ask for them', () => {
    const bare = { tokenCount: null, sentenceCount: null, detectPhrases: [] }
    for (const position of ['start', 'eot_backtrack', 'reasoning_end', 'response_start'] as const) {
      expect(generateMod({ ...config, position, ...bare })).toContain('INJECTION = " Wait."')
    }
  })
})
