import type { PreviewCard } from './preview-card.ts'

/** Pictures of 1200 by 628 as SVG text, in one font. Source: thunder contract §1.12. */
export const previewFont = 'DejaVu Sans'

/** NOTE: XML refuses most control characters and lone surrogates, even when they are escaped. */
export function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[^\P{Cc}\t\n]|[\uFFFE\uFFFF]/gu, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}

export function logPreview(card: PreviewCard): string {
  const output = card.outputLines.map((line, at) =>
    textAt({ x: 70, y: 330 + at * 44, size: 22, fill: '#d6dee8' }, line),
  )
  const injected =
    card.injection === null
      ? []
      : [
          '<rect x="60" y="522" width="1080" height="56" rx="10" fill="#3b2f0a"/>',
          textAt({ x: 80, y: 558, size: 22, fill: '#ffd166' }, `injected: ${card.injection}`),
        ]
  return picture([
    textAt({ x: 70, y: 110, size: 44, fill: '#ffffff' }, card.model),
    textAt({ x: 70, y: 160, size: 24, fill: '#8fa3b8' }, `${card.maxTokens} tokens`),
    textAt({ x: 70, y: 236, size: 28, fill: '#7cc4ff' }, card.prompt),
    '<rect x="60" y="270" width="1080" height="2" fill="#2a3644"/>',
    ...output,
    ...injected,
  ])
}

export function playgroundPreviewSvg(): string {
  return picture([
    textAt({ x: 70, y: 290, size: 72, fill: '#ffffff' }, 'Pharos playground'),
    textAt(
      { x: 70, y: 360, size: 30, fill: '#8fa3b8' },
      'Change what a model says, token by token, and watch it.',
    ),
  ])
}

function picture(parts: readonly string[]): string {
  return [
    '<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="628" viewBox="0 0 1200 628">',
    '<rect width="1200" height="628" fill="#0f151c"/>',
    '<rect width="12" height="628" fill="#7cc4ff"/>',
    ...parts,
    '</svg>',
  ].join('')
}

interface Placed {
  readonly x: number
  readonly y: number
  readonly size: number
  readonly fill: string
}

function textAt({ x, y, size, fill }: Placed, text: string): string {
  return (
    `<text x="${x}" y="${y}" font-family="${previewFont}" font-size="${size}" fill="${fill}">` +
    `${escapeXml(text)}</text>`
  )
}
