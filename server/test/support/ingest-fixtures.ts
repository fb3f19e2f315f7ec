import { readFileSync } from 'node:fs'
import { IngestDocument } from '@pharos/contract/thunder/ingest.ts'
import { planLog, type IngestedLog } from '../../src/features/inference-logs/index.ts'
import { fromIngest } from '../../src/surfaces/thunder/wire-ingest.ts'

const folder = new URL('../fixtures/thunder/', import.meta.url)

export const ingestFixtureNames = [
  'force-tokens',
  'tool-calls',
  'adjusted-prefill',
  'adjusted-logits',
  'backtrack',
  'force-output',
  'emit-error',
] as const
export type IngestFixtureName = (typeof ingestFixtureNames)[number]

/** A recorded body as its bytes say. */
export function ingestFixtureText(name: IngestFixtureName): string {
  return readFileSync(new URL(`${name}.json`, folder), 'utf8')
}

export function ingestFixture(name: IngestFixtureName): IngestDocument {
  return IngestDocument.parse(JSON.parse(ingestFixtureText(name)))
}

/** A document on its way to `ingestLog`. */
export function toIngested(document: IngestDocument, receivedAt = 1_700_000_000): IngestedLog {
  return {
    log: planLog(fromIngest(document), receivedAt),
    ownerKeyText: document.request.user_api_key ?? null,
  }
}
