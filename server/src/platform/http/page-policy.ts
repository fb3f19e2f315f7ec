/**
 * The headers of a page that runs no script but those that `scripts` names and talks to nobody but
 * us. Source of the words: CSP Level 3.
 */
export function pagePolicy(scripts: `'none'` | `'self'`): Readonly<Record<string, string>> {
  return {
    'content-security-policy':
      `default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; ` +
      `connect-src 'self'; script-src ${scripts}; frame-ancestors 'none'; base-uri 'none'`,
  }
}
