import { otlpRoutes } from '@pharos/contract/otlp/routes.ts'
import type { Dialect } from '../../../src/platform/db/database.ts'
import { startTestApp } from '../../support/app.ts'
import { sendJson } from '../../support/http-request.ts'
import { testTranscripts, type TranscriptStage } from '../../support/transcript-suite.ts'

testTranscripts({
  surface: 'OTLP in JSON',
  folder: new URL('./transcripts/', import.meta.url),
  routes: otlpRoutes,
  source: /^(?:OTLP\/HTTP|rulings-§3|§1\.0)$/,
  moreThan: 5,
  open: openStage,
})

async function openStage(dialect: Dialect): Promise<TranscriptStage> {
  const app = await startTestApp({ dialect })
  return {
    app,
    fakes: {},
    async clear() {
      const value = { older_than: 9e9 }
      await sendJson(app.url, { method: 'DELETE', path: '/v1/traces', value })
    },
    [Symbol.asyncDispose]: () => app.stop(),
  }
}
