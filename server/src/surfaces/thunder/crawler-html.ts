import type { RequestFacts } from '../../platform/http/request-facts.ts'
import type { PreviewCard } from './preview-card.ts'

/** Pages for crawlers of social networks. Source: thunder contract §1.12. */

const crawlers = [
  'twitterbot',
  'slackbot',
  'facebookexternalhit',
  'linkedinbot',
  'discordbot',
  'telegrambot',
  'whatsapp',
  'googlebot',
  'bingbot',
]
const siteName = 'Pharos'
/** A name or an address with a port; whatever else is sent as `Host` is not put into a page. */
const host = /^(?:[a-z\d](?:[a-z\d.-]*[a-z\d])?|\[[\da-f:.]+\])(?::\d{1,5})?$/iu

export function isCrawler({ headers }: Pick<RequestFacts, 'headers'>): boolean {
  const agent = (headers['user-agent'] ?? '').toLowerCase()
  return crawlers.some((name) => agent.includes(name))
}

/** Where the server is, as its visitor knows it; `fallback` when it does not say so. */
export function baseUrlOf({ headers }: Pick<RequestFacts, 'headers'>, fallback: string): string {
  const named = headers.host
  return named !== undefined && host.test(named)
    ? `https://${named}`
    : fallback.replace(/\/+$/u, '')
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}

interface Page {
  readonly title: string
  readonly description: string
  readonly url: string
  readonly image: string
}

/** `url` is of the shared log's page; its picture is beside it. */
export function sharedLogHtml(card: PreviewCard, url: string): string {
  return pageHtml({
    title: `${card.model}: a shared trace`,
    description: card.description,
    url,
    image: `${url}/og-image.png`,
  })
}

export function playgroundHtml(url: string): string {
  return pageHtml({
    title: 'Pharos playground',
    description: 'Change what a model says, token by token, and watch it.',
    url,
    image: `${url}/og-image.png`,
  })
}

function pageHtml({ title, description, url, image }: Page): string {
  const [safeTitle, safeText, safeUrl, safeImage] = [title, description, url, image].map(escapeHtml)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${safeTitle}</title>
<meta name="description" content="${safeText}">
<meta property="og:type" content="website">
<meta property="og:site_name" content="${siteName}">
<meta property="og:title" content="${safeTitle}">
<meta property="og:description" content="${safeText}">
<meta property="og:url" content="${safeUrl}">
<meta property="og:image" content="${safeImage}">
<meta property="og:image:width" content="1200">
<meta property="og:image:height" content="628">
<meta name="twitter:card" content="summary_large_image">
<meta name="twitter:title" content="${safeTitle}">
<meta name="twitter:description" content="${safeText}">
<meta name="twitter:image" content="${safeImage}">
<meta http-equiv="refresh" content="0;url=${safeUrl}">
<script>location.replace(${inScript(url)})</script>
</head>
<body><p><a href="${safeUrl}">${safeTitle}</a></p></body>
</html>
`
}

/** A text inside a script: nothing in it may end the script. */
function inScript(text: string): string {
  return JSON.stringify(text).replaceAll('<', '\\u003c').replaceAll('\u2028', '\\u2028')
}
