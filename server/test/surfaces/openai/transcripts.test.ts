/** A reply of events is compared event by event, their data line by line. */
import { ChatChunk } from '@pharos/contract/openai/chat.ts'
import { OpenAiError } from '@pharos/contract/openai/errors.ts'
import { getModel } from '@pharos/contract/openai/models.ts'
import { ResponseEvent } from '@pharos/contract/openai/responses.ts'
import { openAiRoutes } from '@pharos/contract/openai/routes.ts'
import { expect } from 'vitest'
import { z } from 'zod'
import { toPattern } from '../../../src/platform/http/path-template.ts'
import { testTranscripts } from '../../support/transcript-suite.ts'
import { openStage } from './stage.ts'

testTranscripts({
  surface: 'OpenAI',
  folder: new URL('./transcripts/', import.meta.url),
  routes: openAiRoutes,
  // A model's name may hold slashes.
  patternOf: (route) => toPattern(route.path, false, route.path === getModel.path),
  moreThan: 20,
  open: openStage,
  stream: {
    contentType: 'text/event-stream; charset=utf-8',
    headers: { 'cache-control': 'no-cache', 'x-accel-buffering': 'no', 'content-encoding': '-' },
    read: eventsIn,
    also: z.union([ChatChunk, ResponseEvent, OpenAiError]),
  },
})

/** The data of each event; a comment says nothing. */
function eventsIn(text: string): readonly string[] {
  const events = text.split('\n\n').filter((event) => event !== '' && !event.startsWith(':'))
  return events.map((event) => {
    const [, data = ''] = /^(?:event: [\w.]+\n)?data: ([^\n]+)$/.exec(event) ?? []
    expect(data, event).not.toBe('')
    return data
  })
}
