import { modelsOpenApi } from '@pharos/contract/bodhi/document.ts'
import { bodhiRoutes } from '@pharos/contract/bodhi/routes.ts'
import type { OpenApiDocument } from '@pharos/contract/openapi.ts'
import { pagePolicy } from '../../platform/http/page-policy.ts'
import { serve } from './door.ts'
import { publicUrlOf } from './public-url.ts'

const page = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Pharos models</title>
<meta name="viewport" content="width=device-width">
<link rel="stylesheet" href="/docs/assets/swagger-ui.css"></head>
<body><div id="docs"></div><script src="/docs/assets/swagger-ui-bundle.js"></script>
<script src="/swagger-ui/start.js"></script></body></html>`

const start = `window.SwaggerUIBundle({ url: '/api-docs/openapi.json', dom_id: '#docs', deepLinking: true })
`

/** The documentation of this surface and of the gateway. Source: bodhi contract §10.4. */
export function docsRoutes(publicBaseUrl: string | undefined) {
  // Making it takes longer than most requests; only the address depends on who reads it.
  let made: OpenApiDocument | undefined
  return [
    serve(bodhiRoutes.bodhiOpenApi, ({ request }) => {
      made ??= modelsOpenApi()
      const url = publicUrlOf(publicBaseUrl, request) || '/'
      return { status: 200, body: { ...made, servers: [{ url }] } }
    }),
    serve(bodhiRoutes.swaggerUi, () => ({
      status: 200,
      text: page,
      contentType: 'text/html; charset=utf-8',
      headers: pagePolicy(`'self'`),
    })),
    serve(bodhiRoutes.swaggerUiStart, () => ({
      status: 200,
      text: start,
      contentType: 'text/javascript; charset=utf-8',
    })),
  ]
}
