import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

export interface DocsFile {
  readonly bytes: Uint8Array
  readonly contentType: string
}

const script = 'text/javascript; charset=utf-8'

/** Files that the page at `/docs` loads: Swagger UI's own, and the line that starts it. */
const packageFiles: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': script,
}

const start = `window.SwaggerUIBundle({ url: '/openapi.json', dom_id: '#docs', deepLinking: true })
`

/** Undefined for a name that is not on the list. */
export async function readDocsFile(name: string): Promise<DocsFile | undefined> {
  if (name === 'start.js') return { bytes: new TextEncoder().encode(start), contentType: script }
  const contentType = packageFiles[name]
  if (contentType === undefined) return undefined
  const path = fileURLToPath(import.meta.resolve(`swagger-ui-dist/${name}`))
  return { bytes: await readFile(path), contentType }
}
