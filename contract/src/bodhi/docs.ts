/** The documentation of the surface itself. Source: bodhi contract §10.4, rulings §5. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'

export const docsRoutes = {
  bodhiOpenApi: defineRoute({
    method: 'GET',
    path: '/api-docs/openapi.json',
    summary: 'The OpenAPI document of this surface and of the gateway',
    ref: 'bodhi §10.4',
    access: 'public',
    reply: { 200: z.looseObject({ openapi: z.string() }) },
  }),
  swaggerUi: defineRoute({
    method: 'GET',
    path: '/swagger-ui',
    summary: 'Try this surface and the gateway in the browser',
    ref: 'bodhi §10.4',
    access: 'public',
    reply: { 200: { media: 'text/html; charset=utf-8' } },
  }),
  swaggerUiStart: defineRoute({
    method: 'GET',
    path: '/swagger-ui/start.js',
    summary: 'The line that starts that page',
    access: 'public',
    reply: { 200: { media: 'text/javascript; charset=utf-8' } },
  }),
} as const
