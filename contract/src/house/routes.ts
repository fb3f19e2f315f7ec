/** Pharos' own pages and figures, beside the four systems. */
import { z } from 'zod'
import { ErrorReply, guarded } from '../beacon/errors.ts'
import { defineRoute } from '../route.ts'

const html = { media: 'text/html; charset=utf-8' }

export const houseRoutes = {
  root: defineRoute({
    method: 'GET',
    path: '/',
    summary: 'A small page for people, one line of text for programs',
    access: 'public',
    reply: { 200: html },
  }),
  docs: defineRoute({
    method: 'GET',
    path: '/docs',
    summary: 'Try the API in the browser',
    ref: 'beacon §1.1-40',
    access: 'public',
    reply: { 200: html },
  }),
  docsFile: defineRoute({
    method: 'GET',
    path: '/docs/assets/{file}',
    summary: 'A file of the page at /docs',
    access: 'public',
    params: z.object({ file: z.string() }),
    reply: { 200: { media: 'application/octet-stream' }, 404: ErrorReply },
  }),
  redoc: defineRoute({
    method: 'GET',
    path: '/redoc',
    summary: 'Read the API as one page without scripts',
    ref: 'beacon §1.1-40',
    access: 'public',
    reply: { 200: html },
  }),
  openapi: defineRoute({
    method: 'GET',
    path: '/openapi.json',
    summary: 'The OpenAPI document of the Beacon surface',
    ref: 'beacon §1.1-40',
    access: 'public',
    reply: { 200: z.looseObject({ openapi: z.string() }) },
  }),
  metrics: defineRoute({
    method: 'GET',
    path: '/metrics',
    summary: 'Figures for Prometheus',
    access: 'traces:read',
    reply: { 200: { media: 'text/plain; version=0.0.4; charset=utf-8' }, ...guarded },
  }),
}
