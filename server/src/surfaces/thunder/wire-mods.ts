import type { ModConfig as WireModConfig } from '@pharos/contract/thunder/mods.ts'
import type { z } from 'zod'
import type { ModConfig } from '../../features/mods/index.ts'

/** A mod's description from the wire. */
export function toModConfig(wire: z.infer<typeof WireModConfig>): ModConfig {
  return {
    position: wire.position,
    injection: wire.injection_string,
    tokenCount: wire.token_count ?? null,
    sentenceCount: wire.sentence_count ?? null,
    detectPhrases: wire.detect_phrases ?? [],
    replacementPhrases: wire.replacement_phrases ?? [],
  }
}
