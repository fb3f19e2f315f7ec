import { thunderRoutes } from '@pharos/contract/thunder/routes.ts'
import { ingestLog } from '../../features/inference-logs/index.ts'
import { readIngest } from './decode-ingest.ts'
import { serve, type ThunderPowers } from './door.ts'

export function ingestRoutes(powers: ThunderPowers) {
  const { clock, workroom } = powers
  return [
    serve(
      thunderRoutes.ingestLog,
      async ({ rawBody, caller }) => {
        const sizeBytes = rawBody.byteLength
        const arrival = { body: rawBody, receivedAt: clock.nowSeconds() }
        const ingested = await readIngest(workroom, arrival)
        await ingestLog({ ...powers, caller }, ingested, sizeBytes)
        return { status: 201, text: '', contentType: 'text/plain; charset=utf-8' }
      },
      { rawBody: true, hasNoSlashForm: true },
    ),
  ]
}
