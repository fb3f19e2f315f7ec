import { fileURLToPath } from 'node:url'
import { defineJob } from '../../platform/threads/workroom.ts'
import { cardOf, type PreviewCard } from './preview-card.ts'
import { logPreview, previewFont } from './preview-svg.ts'

/** A log's document as its readers get it, without the opening brace. */
interface DocumentRest {
  readonly rest: Uint8Array
}

/** Documents may have many megabytes, so they are read beside the main thread. */
export const readCard = defineJob<DocumentRest, PreviewCard>({
  module: import.meta.url,
  name: 'readCard',
  run: async ({ rest }) => cardIn(rest),
})

export const drawLog = defineJob<DocumentRest, Uint8Array>({
  module: import.meta.url,
  name: 'drawLog',
  run: async ({ rest }) => toPng(logPreview(cardIn(rest))),
})

export const drawSvg = defineJob<{ readonly svg: string }, Uint8Array>({
  module: import.meta.url,
  name: 'drawSvg',
  run: async ({ svg }) => toPng(svg),
})

/** Our own documents are JSON objects. */
function cardIn(rest: Uint8Array): PreviewCard {
  const document: unknown = JSON.parse(`{${new TextDecoder().decode(rest)}`)
  return cardOf(document as Readonly<Record<string, unknown>>)
}

/** NOTE: the library is native code, so only the thread that draws loads it. */
async function toPng(svg: string): Promise<Uint8Array> {
  const { Resvg } = await import('@resvg/resvg-js')
  const font = fileURLToPath(import.meta.resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf'))
  const drawing = new Resvg(svg, {
    font: { loadSystemFonts: false, fontFiles: [font], defaultFontFamily: previewFont },
  })
  return Uint8Array.from(drawing.render().asPng())
}
