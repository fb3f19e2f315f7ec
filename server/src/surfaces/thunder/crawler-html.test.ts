import { describe, expect, it } from 'vitest'
import { baseUrlOf, isCrawler, playgroundHtml, sharedLogHtml } from './crawler-html.ts'
import { cardOf } from './preview-card.ts'

const url = 'https://traces.example/share/request/abc'

describe('Pages for crawlers', () => {
  it('are for crawlers alone', () => {
    const agent = (name?: string) => isCrawler({ headers: name ? { 'user-agent': name } : {} })
    expect(agent('Mozilla/5.0 (compatible; DiscordBot/2.0)')).toBe(true)
    expect(agent('facebookexternalhit/1.1')).toBe(true)
    expect(agent('Mozilla/5.0 Firefox/140')).toBe(false)
    expect(agent()).toBe(false)
  })

  it('take nothing from a host header that is no host', () => {
    const base = (host?: string) =>
      baseUrlOf({ headers: host === undefined ? {} : { host } }, 'https://known.example/')
    expect(base('traces.example:8443')).toBe('https://traces.example:8443')
    expect(base('[::1]:7474')).toBe('https://[::1]:7474')
    for (const bad of [undefined, '', 'a"b', 'a/b', 'a b', '<x>', 'user@host', '-a', 'a:b']) {
      expect(base(bad)).toBe('https://known.example')
    }
  })

  it('escape everything that a log says', () => {
    const evil = `</title><script>alert('1')</script>"&`
    const page = sharedLogHtml(cardOf({ model_id: evil, user_prompt: evil }), `${url}</script>`)
    expect(page.match(/<script>/g)).toHaveLength(1)
    expect(page).not.toContain('alert(&#39;1&#39;)</')
    expect(page).toContain(
      '&lt;/title&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&quot;&amp;',
    )
    expect(page).toContain('location.replace("https://traces.example/share/request/abc\\u003c/')
  })

  it('name the page, its picture and where to go', () => {
    const card = cardOf({ model_id: 'owner/tiny', user_prompt: 'Name one prime.' })
    const page = sharedLogHtml(card, url)
    for (const part of [
      '<meta property="og:title" content="tiny: a shared trace">',
      '<meta property="og:description" content="Name one prime.">',
      `<meta property="og:url" content="${url}">`,
      `<meta property="og:image" content="${url}/og-image.png">`,
      '<meta property="og:image:width" content="1200">',
      '<meta property="og:image:height" content="628">',
      '<meta name="twitter:card" content="summary_large_image">',
      `<meta http-equiv="refresh" content="0;url=${url}">`,
    ]) {
      expect(page).toContain(part)
    }
    expect(playgroundHtml('https://a.example/playground')).toContain(
      '<meta property="og:image" content="https://a.example/playground/og-image.png">',
    )
  })
})
