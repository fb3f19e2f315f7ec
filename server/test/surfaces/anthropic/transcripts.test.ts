/**
 * The events of a stream are written as the JSON of their data, one a line; each comes under its
 * type as the event's name.
 */
import { MessageEvent } from '@pharos/contract/anthropic/events.ts'
import { anthropicRoutes } from '@pharos/contract/anthropic/routes.ts'
import { createParser } from 'eventsource-parser'
import { expect } from 'vitest'
import { testTranscripts } from '../../support/transcript-suite.ts'
import { openStage } from './stage.ts'

testTranscripts({
  surface: 'Anthropic',
  folder: new URL('./transcripts/', import.meta.url),
  routes: anthropicRoutes,
  moreThan: 20,
  open: openStage,
  stream: { contentType: 'text/event-stream', read: eventsIn, also: MessageEvent },
})

function eventsIn(text: string): readonly string[] {
  const events: string[] = []
  const parser = createParser({
    onEvent: ({ event, data }) => {
      expect(JSON.parse(data)).toMatchObject({ type: event })
      events.push(data)
    },
  })
  parser.feed(text)
  expect(text.endsWith('\n\n'), 'the last event is complete').toBe(true)
  return events
}
