import type { TraceStatistics } from '../../features/traces/index.ts'

const style = `body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:3rem auto;padding:0 1rem;color:#1c2430;background:#fff}
a{color:#0b5cad}code,pre{font:14px/1.5 ui-monospace,monospace;background:#f2f4f7;border-radius:4px}
code{padding:.1em .3em}pre{padding:1em;overflow:auto}dl{display:grid;grid-template-columns:max-content auto;gap:.2em 1.5em}
dt{color:#5a6675}dd{margin:0}
@media(prefers-color-scheme:dark){body{color:#dbe2ea;background:#12161c}a{color:#7ab7f5}code,pre{background:#1e252e}dt{color:#93a1b1}}`

interface RootFacts {
  readonly version: string
  /** The address as the browser knows it. */
  readonly host: string
  /** Absent for a visitor who may not read traces. */
  readonly counts: TraceStatistics | undefined
}

/** What a person sees who opens the server's address. */
export function rootPage({ version, host, counts }: RootFacts): string {
  const address = `http://${host}`
  const figures = counts
    ? `<dt>Traces</dt><dd>${counts.traceCount.toLocaleString('en')}</dd>
       <dt>Spans</dt><dd>${counts.spanCount.toLocaleString('en')}</dd>
       <dt>On disk</dt><dd>${(counts.databaseSizeBytes / 1e6).toFixed(1)} MB</dd>`
    : '<dt>Traces</dt><dd>send an API key to see them</dd>'
  return page(
    'Pharos',
    `<h1>Pharos</h1>
<p>This server takes the traces of your agents and shows what they did.</p>
<dl><dt>Address</dt><dd><code>${escapeHtml(address)}</code></dd>
<dt>Version</dt><dd>${escapeHtml(version)}</dd>
${figures}</dl>
<ul><li><a href="/v1/traces">Traces</a> and <a href="/v1/stats">statistics</a> as JSON</li>
<li><a href="/docs">Try the API</a>, <a href="/redoc">read it</a>, or take its
<a href="/openapi.json">OpenAPI document</a></li>
<li><a href="/health">Health</a> and <a href="/metrics">metrics</a></li></ul>
<p>Send a first span:</p>
<pre>curl ${escapeHtml(address)}/v1/spans -H 'content-type: application/json' -d '{"spans":[{
  "span_id":"hello-1","trace_id":"hello","span_type":"custom",
  "name":"hello","status":"ok","start_time":'$(date +%s)'}]}'</pre>`,
  )
}

/** Swagger UI on the OpenAPI document, from this server's own files. */
export function docsPage(): string {
  return page(
    'Pharos API',
    `<link rel="stylesheet" href="/docs/assets/swagger-ui.css"><div id="docs"></div>
<script src="/docs/assets/swagger-ui-bundle.js"></script>
<script src="/docs/assets/start.js"></script>`,
    '',
  )
}

function page(title: string, body: string, css = style): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>
<meta name="viewport" content="width=device-width"><style>${css}</style></head>
<body>${body}</body></html>`
}

function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  }
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? '')
}
