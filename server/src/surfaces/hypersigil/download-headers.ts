/** How bytes of somebody else's are handed on, so that no browser runs or shows them. Pure. */

/**
 * A file to be kept under a name, which may be anything. The first form is for clients that know no
 * other; it has only what may stand between quotes. Source: RFC 6266 §4.3, RFC 8187 §3.2.
 */
export function attachment(name: string) {
  const plain = name.replaceAll(/[^\u0020-\u007e]|["\\%/;]/gu, '_')
  const encoded = encodeURIComponent(name.toWellFormed()).replaceAll(/['()*]/gu, toPercent)
  return {
    'content-disposition': `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`,
    'content-security-policy': "default-src 'none'; sandbox",
    'cache-control': 'no-cache',
  }
}

function toPercent(sign: string): string {
  return `%${sign.charCodeAt(0).toString(16).toUpperCase()}`
}

const token = String.raw`[\w!#$%&'*+.^\x60|~-]+`
const parameter = String.raw`\s*;\s*${token}=(?:${token}|"[^"\\\u0000-\u001f\u007f-\uffff]*")`
const mediaType = new RegExp(`^${token}/${token}(?:${parameter})*$`, 'u')

/** As it was said, if that is a media type at all. */
export function mediaTypeOf(said: string): string {
  return mediaType.test(said) ? said : 'application/octet-stream'
}
