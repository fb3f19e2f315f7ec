import type { OpenApiDocument } from './openapi.ts'
import { referenceBlocks } from './reference-blocks.ts'
import type { Block, Cell, Inline } from './reference-blocks.ts'

/** The anchor of a heading, by the rule that Markdown viewers use. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}

/** Writes the reference as Markdown. */
export function renderReferenceMarkdown(document: OpenApiDocument): string {
  return `${referenceBlocks(document).map(markdownBlock).join('\n\n')}\n`
}

function markdownBlock(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `${'#'.repeat(block.level)} ${block.text}`
    case 'paragraph':
      return block.text.map(markdownInline).join('')
    case 'table': {
      const lines = [block.head, block.head.map(() => '---'), ...block.rows.map(markdownRow)]
      return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
    }
  }
}

function markdownRow(cells: readonly Cell[]): string[] {
  return cells.map((cell) => cell.map(markdownInline).join('').replaceAll('|', '\\|'))
}

function markdownInline(inline: Inline): string {
  switch (inline.kind) {
    case 'text':
      return inline.text.replaceAll('<', '&lt;')
    case 'code':
      return `\`${inline.text}\``
    case 'schema':
      return `[${inline.name}](#${anchorOf(inline.name)})`
  }
}

const style = [
  'body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}',
  'table{border-collapse:collapse;margin:.5rem 0 1rem}',
  'th,td{border:1px solid #ccc;padding:.2rem .6rem;text-align:left;vertical-align:top}',
  'code{font:13px ui-monospace,monospace;background:#8882;padding:0 .2rem}',
  'h3{margin-top:2rem;border-top:1px solid #ccc;padding-top:1rem}',
  ':root{color-scheme:light dark}',
].join('\n')

/** Writes the reference as one HTML page without scripts and without outside resources. */
export function renderReferenceHtml(document: OpenApiDocument): string {
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escaped(document.info.title)}</title><style>${style}</style></head><body>`,
    ...referenceBlocks(document).map(htmlBlock),
    '</body></html>',
    '',
  ].join('\n')
}

function htmlBlock(block: Block): string {
  switch (block.kind) {
    case 'heading': {
      const tag = `h${block.level}`
      return `<${tag} id="${escaped(anchorOf(block.text))}">${escaped(block.text)}</${tag}>`
    }
    case 'paragraph':
      return `<p>${block.text.map(htmlInline).join('')}</p>`
    case 'table': {
      const head = block.head.map((name) => `<th>${escaped(name)}</th>`).join('')
      return `<table><tr>${head}</tr>\n${block.rows.map(htmlRow).join('\n')}</table>`
    }
  }
}

function htmlRow(cells: readonly Cell[]): string {
  return `<tr>${cells.map((cell) => `<td>${cell.map(htmlInline).join('')}</td>`).join('')}</tr>`
}

function htmlInline(inline: Inline): string {
  switch (inline.kind) {
    case 'text':
      return escaped(inline.text)
    case 'code':
      return `<code>${escaped(inline.text)}</code>`
    case 'schema':
      return `<a href="#${escaped(anchorOf(inline.name))}">${escaped(inline.name)}</a>`
  }
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escaped(raw: string): string {
  return raw.replaceAll(/[&<>"']/g, (sign) => entities[sign] ?? sign)
}
